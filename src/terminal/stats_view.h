#pragma once
// A function's counters and latencies for people (vf stats). Free function over the engine's answer, which lanewayd
// hands on as it is. One thread.

#include <iosfwd>

#include "rpc/json.h"

namespace laneway {

void print_function_stats(const Json& stats, std::ostream& out);

}  // namespace laneway
