// The simulation must see planted bugs: a suite that is green with a broken target proves nothing.
#include "sim/simulation.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace laneway::sim {
namespace {

constexpr uint64_t kSeedsMax = 60;

Scenario planted(Plant plant, uint64_t seed) {
  Scenario scenario = draw_scenario(seed);
  scenario.plant = plant;
  scenario.backend = BackendKind::iscsi;
  scenario.workload.operations = 800;
  scenario.workload.depth = 16;
  scenario.workload.sectors_max = 64;
  scenario.disk_sectors = 256;
  scenario.workload.block_sectors = 1;
  scenario.target.luns[0].block_bytes = 512;
  scenario.target.luns[0].capacity_bytes = 256 * DiskModel::kSectorBytes;
  scenario.target.luns[0].has_write_cache = true;
  scenario.target.luns[0].loses_cache = true;
  scenario.is_durable = false;
  return scenario;
}

// The first seed that sees the bug, and what it says; 0 where none does.
uint64_t seed_that_sees(Plant plant, const Troubles& troubles, std::string& fault) {
  set_log_level(LogLevel::error);
  for (uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    Scenario scenario = planted(plant, seed);
    scenario.troubles = troubles;
    const Verdict verdict = run_scenario(scenario);
    if (verdict.faults.empty()) continue;
    fault = verdict.faults.front();
    return seed;
  }
  return 0;
}

void expect_seen(Plant plant, const Troubles& troubles, std::string_view words) {
  std::string fault;
  EXPECT_NE(seed_that_sees(plant, troubles, fault), 0u);
  EXPECT_NE(fault.find(words), std::string::npos) << fault;
  fault.clear();
  EXPECT_EQ(seed_that_sees(Plant::none, troubles, fault), 0u) << fault;
}

TEST(Simulation, SeesALateWriteThatWasNotFenced) {
  Troubles troubles;
  troubles.scripted = 30;
  troubles.resets = 30;
  expect_seen(Plant::target_ignores_fences, troubles, "allowed were");
}

TEST(Simulation, SeesACompletionThatCameTwice) { expect_seen(Plant::guest_counts_twice, {}, "finished twice"); }

// Without rings the run does not end; with rings the operation is missing in the end.
TEST(Simulation, SeesACompletionThatNeverComes) { expect_seen(Plant::completion_is_lost, {}, ""); }

TEST(Simulation, SeesAForgottenWrite) { expect_seen(Plant::disk_forgets_a_write, {}, "allowed were"); }

TEST(Simulation, SeesAFlushThatLied) {
  Troubles troubles;
  troubles.power_cuts = 20;
  expect_seen(Plant::disk_lies_about_flush, troubles, "allowed were");
}

TEST(Simulation, SeesALostCacheThatNobodyTold) {
  Troubles troubles;
  troubles.power_cuts = 20;
  expect_seen(Plant::lost_cache_is_hidden, troubles, "");
}

// Without the bug the same runs are without a fault.
void expect_seen_in(const std::vector<Scenario>& scenarios, Plant plant) {
  set_log_level(LogLevel::error);
  bool is_seen = false;
  for (Scenario scenario : scenarios) {
    const Verdict sound = run_scenario(scenario);
    EXPECT_TRUE(sound.faults.empty()) << describe(scenario) << ": " << sound.faults.front();
    if (is_seen) continue;
    scenario.plant = plant;
    is_seen = !run_scenario(scenario).faults.empty();
  }
  EXPECT_TRUE(is_seen);
}

TEST(Simulation, SeesARingThatMovesWithRequestsUnderWay) {
  std::vector<Scenario> scenarios;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    Scenario scenario = planted(Plant::none, seed);
    scenario.troubles = {};
    scenario.guest = GuestKind::vhost;
    scenario.reactors = 2;
    scenario.move_pause_max_ns = 5 * kMillisecond;
    scenarios.push_back(scenario);
  }
  expect_seen_in(scenarios, Plant::ring_moves_undrained);
}

TEST(Simulation, SeesAHeldRequestThatIsDroppedWhenLimitsChange) {
  std::vector<Scenario> scenarios;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    Scenario scenario = planted(Plant::none, seed);
    scenario.troubles = {};
    scenario.is_limited = true;
    scenario.limit_pause_max_ns = 20 * kMillisecond;
    scenarios.push_back(scenario);
  }
  expect_seen_in(scenarios, Plant::held_request_is_dropped);
}

TEST(Simulation, MovesQueuesAndHoldsRequests) {
  set_log_level(LogLevel::error);
  uint64_t moves = 0;
  uint64_t held = 0;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Scenario scenario = draw_spread_scenario(seed);
    scenario.is_limited = true;
    const Verdict verdict = run_scenario(scenario);
    EXPECT_TRUE(verdict.faults.empty()) << describe(scenario) << ": " << verdict.faults.front();
    moves += verdict.moves;
    held += verdict.held;
  }
  EXPECT_GT(moves, 100u);
  EXPECT_GT(held, 100u);
}

TEST(Simulation, RepeatsItselfWithTheSameSeed) {
  for (const Scenario& scenario : {draw_scenario(4242), draw_spread_scenario(4242)}) {
    const auto run = [&scenario] {
      const Verdict verdict = run_scenario(scenario);
      return std::tuple(verdict.end_ns, verdict.turns, verdict.checked_sectors, verdict.events, verdict.moves);
    };
    EXPECT_EQ(run(), run());
  }
}

}  // namespace
}  // namespace laneway::sim
