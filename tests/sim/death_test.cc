// Engines that die: at points dealt out over all of their life all is well, and the same runs see planted bugs.
#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/death_cases.h"

namespace laneway::sim {
namespace {

Scenario case_named(std::string_view name) {
  for (DeathCase& each : death_cases()) {
    if (each.name == name) return each.scenario;
  }
  ADD_FAILURE() << "no such case: " << name;
  return {};
}

// A bug that shows in deaths at some points of a kind, and never in a run without one.
void expect_seen(Scenario scenario, Plant plant, DeathPoint where, std::string_view words) {
  set_log_level(LogLevel::error);
  scenario.plant = plant;
  scenario.deaths.only = where;
  const Verdict alive = run_with_deaths(scenario, {UINT64_MAX});
  EXPECT_TRUE(alive.faults.empty()) << "seen without a death: " << alive.faults.front();
  const DeathCensus planted = sweep_deaths(scenario, {});
  EXPECT_FALSE(planted.is_well());
  EXPECT_NE(planted.fault.find(words), std::string::npos) << planted.fault;
  scenario.plant = Plant::none;
  const DeathCensus sound = sweep_deaths(scenario, {});
  EXPECT_TRUE(sound.is_well()) << "seen without the bug: " << sound.fault;
}

TEST(EngineDeath, AnywhereIsNotNoticedByTheGuest) {
  set_log_level(LogLevel::error);
  PointCounts died_at{};
  for (const DeathCase& each : death_cases()) {
    const DeathCensus census = sweep_deaths(each.scenario, {1, 37, 0});
    EXPECT_TRUE(census.is_well()) << each.name << " at " << census.failed << ": " << census.fault;
    EXPECT_GT(census.points, 400u) << each.name;
    for (size_t i = 0; i < kDeathPoints; ++i) died_at[i] += census.died_at[i];
  }
  EXPECT_GT(std::count_if(died_at.begin(), died_at.end(), [](uint64_t count) { return count > 0; }), 20);
}

TEST(EngineDeath, SuccessorsMayDieAsWell) {
  set_log_level(LogLevel::error);
  for (const uint64_t first : {200, 300, 400, 500}) {
    for (const uint64_t second : {1, 3, 7, 20, 90, 170}) {
      const Verdict verdict = run_with_deaths(case_named("writes"), {first, second, 5, 60});
      EXPECT_TRUE(verdict.faults.empty()) << first << "," << second << ": " << verdict.faults.front();
      EXPECT_EQ(verdict.deaths, 4u);
    }
  }
}

TEST(EngineDeath, RepeatsItself) {
  set_log_level(LogLevel::error);
  const auto run = [] {
    const Verdict verdict = run_scenario(draw_deaths_scenario(4242));
    return std::tuple(verdict.end_ns, verdict.turns, verdict.checked_sectors, verdict.deaths, verdict.points_passed);
  };
  EXPECT_EQ(run(), run());
  EXPECT_GT(std::get<3>(run()), 0u);
}

TEST(EngineDeath, SeesAUsedIndexBeforeItsStatusByte) {
  expect_seen(case_named("writes"), Plant::index_before_status, static_cast<DeathPoint>(StoreStep::request_done),
              "status 255");
}

TEST(EngineDeath, SeesARecordThatIsClearedBeforeTheUsedIndex) {
  expect_seen(case_named("writes"), Plant::cleared_before_index, static_cast<DeathPoint>(StoreStep::index_due), "");
}

TEST(EngineDeath, SeesAReplayThatIsNotFenced) {
  Scenario scenario = case_named("writes");
  scenario.disk_sectors = 16;
  scenario.target.luns[0].capacity_bytes = 16 * DiskModel::kSectorBytes;
  scenario.target.tears_writes = false;
  scenario.workload.operations = 60;
  scenario.faults = {"delay:value=20ms,op=write,after=3,count=3"};
  expect_seen(scenario, Plant::replay_is_not_fenced, DeathPoint::target_took, "allowed were");
}

TEST(EngineDeath, SeesAReplayThatIsOutOfOrder) {
  expect_seen(case_named("writes"), Plant::replay_is_out_of_order, DeathPoint::sent, "which was taken earlier");
}

TEST(EngineDeath, SeesARingThatRunsBeforeItsRecordIsKept) {
  expect_seen(case_named("writes"), Plant::record_is_kept_late, DeathPoint::message_asked, "");
}

TEST(EngineDeath, SeesAnAnswerThatIsGivenTwice) {
  expect_seen(case_named("restarts"), Plant::notes_are_lost, DeathPoint::noted, "that nobody waits for");
}

TEST(EngineDeath, SeesANoteThatComesBeforeTheMessageIsTaken) {
  // A message that is there as a whole would only be taken once more.
  Scenario scenario = case_named("restarts");
  scenario.piece_one_in = 2;
  expect_seen(scenario, Plant::note_comes_first, DeathPoint::note_asked, "");
}

}  // namespace
}  // namespace laneway::sim
