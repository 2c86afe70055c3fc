#pragma once
// What `vf top` shows: rates between two samples of all functions' counters. Free functions over the engine's answers.
// One thread.

#include <cstdint>
#include <iosfwd>

#include "rpc/json.h"

namespace laneway {

struct TopSample {
  Json stats;  // of vf.stats without a name
  uint64_t time_ns = 0;
};

// {"functions": [{name, read_iops, write_iops, read_bytes_per_s, write_bytes_per_s, in_flight, ...}], "interval_ns"}.
// A function that came or was opened again in between counts from 0.
Json top_rates(const TopSample& before, const TopSample& after);

void print_top(const Json& rates, std::ostream& out);
// The mean time of a request in each stage, of those that were sampled in the interval.
void print_top_stages(const Json& rates, std::ostream& out);

}  // namespace laneway
