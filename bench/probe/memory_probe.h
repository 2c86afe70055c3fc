#pragma once
// What memory and wake-ups cost on this machine: copies of blocks from a large memory, and two threads that wake each
// other in turn.

#include <cstdint>

#include "base/result.h"

namespace laneway::probe {

struct CopyFigures {
  double copies_per_second = 0;
  double gib_per_second = 0;
};
// One thread copies blocks from random places of 256 MiB into `slots` buffers in turn.
Result<CopyFigures> measure_copies(int cpu, uint32_t block_bytes, uint32_t slots, uint64_t run_ns);

// Median time from waking a thread that sleeps on an event descriptor until its answer woke us, in nanoseconds.
Result<uint64_t> measure_wake_ups(int cpu_a, int cpu_b, uint64_t run_ns);

}  // namespace laneway::probe
