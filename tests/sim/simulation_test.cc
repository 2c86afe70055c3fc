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

TEST(Simulation, RepeatsItselfWithTheSameSeed) {
  const auto run = [] {
    const Verdict verdict = run_scenario(draw_scenario(4242));
    return std::tuple(verdict.end_ns, verdict.turns, verdict.checked_sectors, verdict.events);
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace laneway::sim
