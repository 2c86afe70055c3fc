#pragma once
// How far two CPUs are apart: the time of a cache line's round trip between them. Virtual machines' CPUs are moved by
// their host, and figures of polled rings move with them, so it belongs beside every such figure. Blocks for some
// milliseconds and keeps both CPUs busy meanwhile; any thread.

#include <cstdint>

#include "base/result.h"

namespace laneway {

struct CoreDistance {
  uint64_t median_ns = 0;  // of a round trip
  uint64_t min_ns = 0;
  uint64_t max_ns = 0;  // of batches: what disturbed the measurement shows here
};

Result<CoreDistance> measure_core_distance(int cpu_a, int cpu_b);

}  // namespace laneway
