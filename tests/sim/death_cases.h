#pragma once
// DeathCases are small runs, each about one kind of request, message or back-end, in which an engine is killed at every
// point that it passes, one run a point; and, after each of some points, its successor at every point of its own. Plain
// functions; one thread.

#include <string>
#include <vector>

#include "sim/scenario.h"
#include "sim/simulation.h"

namespace laneway::sim {

struct DeathCase {
  std::string name;
  Scenario scenario;
};
std::vector<DeathCase> death_cases();

struct DeathCensus {
  uint64_t points = 0;  // that a life without a death passes
  uint64_t runs = 0;
  uint64_t deaths = 0;
  PointCounts died_at{};
  std::string failed;  // the first run that failed: where it died
  std::string fault;   // and what was wrong; empty: nothing
  bool is_well() const { return fault.empty(); }
};
struct DeathSweep {
  uint64_t first = 1;
  uint64_t stride = 1;
  // Not 0: every Nth point of each successor, too, once for each kind of point that the first died at.
  uint64_t second_stride = 0;
};
// Engines die at these points of theirs, one after the other.
Verdict run_with_deaths(const Scenario& scenario, const std::vector<uint64_t>& at);
DeathCensus sweep_deaths(const Scenario& scenario, const DeathSweep& sweep);

}  // namespace laneway::sim
