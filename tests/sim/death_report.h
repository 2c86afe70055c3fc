#pragma once
// The death report runs the DeathCases and prints at which points engines died how often, so that a point that nothing
// reaches shows. Each part of a case runs in a process of its own, which takes its dead engines with it. For main().

#include <string>
#include <vector>

#include "sim/death_cases.h"

namespace laneway::sim {

struct DeathReportOptions {
  std::string only;  // the case; empty: all
  std::vector<uint64_t> at;
  DeathSweep sweep;
};
// True where all is well.
bool report_deaths(const DeathReportOptions& options);

}  // namespace laneway::sim
