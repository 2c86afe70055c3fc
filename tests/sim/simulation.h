#pragma once
// Simulation runs one Scenario: a reactor on a simulated kernel, a back-end, a guest and its model of the disk, and
// chaos. The verdict says whether everything that was promised held. Owned by whoever asks for a run; one thread.

#include <memory>
#include <string>
#include <vector>

#include "sim/chaos.h"
#include "sim/guest.h"
#include "sim/scenario.h"
#include "sim/sim_kernel.h"

namespace laneway::sim {

struct Verdict {
  std::vector<std::string> faults;  // empty: all is well
  uint64_t operations = 0;
  uint64_t errors = 0;  // excused ones
  uint64_t checked_sectors = 0;
  uint64_t cuts_compared = 0;  // moments at which every power cut that could come was compared with the promises
  uint64_t events = 0;         // of chaos
  uint64_t late_writes = 0;
  uint64_t reinstatements = 0;
  uint64_t fences = 0;
  uint64_t moves = 0;       // of queues between reactors
  uint64_t path_harms = 0;  // with several paths
  uint64_t held = 0;        // requests that had to wait for a limit
  uint64_t end_ns = 0;
  uint64_t turns = 0;
  uint64_t deaths = 0;
  uint64_t points = 0;  // that the last engine passed while it could die
  PointCounts points_passed{};
  PointCounts points_died_at{};
};

Verdict run_scenario(const Scenario& scenario);

}  // namespace laneway::sim
