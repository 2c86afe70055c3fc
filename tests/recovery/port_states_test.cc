// Paths whose ports reach the disk well, less well or not now (ALUA), and arrays that change that under load.
#include "recovery/two_paths.h"

namespace laneway {

namespace {

enum : uint8_t { kOptimized = 0, kNonOptimized = 1, kStandby = 2, kUnavailable = 3, kTransitioning = 0xf };

fake::TargetOptions alua_target() {
  fake::TargetOptions options;
  options.has_port_groups = true;
  options.latency_min_ns = options.latency_max_ns = 2 * kMillisecond;
  return options;
}

class PortStates : public ::testing::Test {
 protected:
  PortStates() : lab(alua_target(), {PathPolicy::round_robin, 0}) {}

  void set_states(uint8_t first, uint8_t second) {
    lab.fake.set_port_state(1, first);
    lab.fake.set_port_state(2, second);
  }
  // As both know it.
  void settle(uint8_t first, uint8_t second) {
    set_states(first, second);
    lab.bench.turn_for(11 * kSecond);
  }
  // How many of some writes took each path.
  std::pair<uint64_t, uint64_t> shares() {
    const uint64_t first = lab.report_of(0).written_bytes;
    const uint64_t second = lab.report_of(1).written_bytes;
    auto writes = lab.start_writes(0, 20, ++seed);
    lab.await(writes);
    for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(seed + i, 4096));
    return {(lab.report_of(0).written_bytes - first) / 4096, (lab.report_of(1).written_bytes - second) / 4096};
  }

  TwoPaths lab;
  uint64_t seed = 0;
};

using Shares = std::pair<uint64_t, uint64_t>;

TEST_F(PortStates, OptimizedPortsCarryRequestsBeforeOthers) {
  settle(kOptimized, kNonOptimized);
  EXPECT_EQ(shares(), Shares(20, 0));
  EXPECT_EQ(lab.report_of(1).access, scsi::AccessState::non_optimized);
  settle(kNonOptimized, kNonOptimized);
  EXPECT_EQ(shares(), Shares(10, 10));
  settle(kStandby, kNonOptimized);
  EXPECT_EQ(shares(), Shares(0, 20));
}

TEST_F(PortStates, AChangeUnderLoadCostsNothing) {
  settle(kOptimized, kStandby);
  for (uint32_t round = 0; round < 6; ++round) {
    auto writes = lab.start_writes(0, 20, 100 + round);
    lab.bench.turn_for(kMillisecond);
    const bool is_first = round % 2 == 1;
    set_states(is_first ? kOptimized : kStandby, is_first ? kStandby : kOptimized);
    auto more = lab.start_writes(20, 20, 100 + round);
    const uint64_t start_ns = lab.bench.now_ns();
    lab.await(writes);
    EXPECT_LT(lab.await(more) - start_ns, kSecond);
    for (uint64_t i = 0; i < 40; ++i) ASSERT_EQ(lab.content(i * 4096, 4096), pattern(100 + round + i, 4096));
  }
  EXPECT_EQ(lab.sum_of(&IscsiSessionReport::fences), 0u);
  EXPECT_EQ(lab.sum_of(&IscsiSessionReport::logins), 2u);
}

TEST_F(PortStates, RequestsWaitForATransitionToEnd) {
  for (const uint8_t state : {kTransitioning, kUnavailable, kStandby}) {
    set_states(state, state);
    auto writes = lab.start_writes(0, 20, state);
    lab.bench.turn_for(20 * kSecond);
    for (auto& write : writes) EXPECT_FALSE(write->is_finished());
    const uint64_t start_ns = lab.bench.now_ns();
    set_states(kStandby, kOptimized);
    EXPECT_LT(lab.await(writes) - start_ns, 2 * kSecond);
  }
}

TEST_F(PortStates, ATransitionThatDoesNotEndEndsRequestsByTheirDeadline) {
  set_states(kTransitioning, kTransitioning);
  auto write = lab.start_write(0, pattern(1, 4096), 30 * kSecond);
  lab.bench.turn_for(29 * kSecond);
  EXPECT_FALSE(write->is_finished());
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
}

TEST_F(PortStates, AStandbyPortTakesOverWhereTheActiveConnectionDies) {
  settle(kOptimized, kStandby);
  auto writes = lab.start_writes(0, 20, 1);
  lab.bench.turn_for(kMillisecond);
  lab.kernel.network().set_reachable(TwoPaths::kFirstPort, false);
  lab.kernel.network().reset(TwoPaths::kFirstPort);
  lab.bench.turn_for(kSecond);
  // The array notices and moves the LUN.
  lab.fake.set_port_state(2, kTransitioning);
  lab.bench.turn_for(kSecond);
  for (auto& write : writes) EXPECT_FALSE(write->is_finished());
  const uint64_t start_ns = lab.bench.now_ns();
  lab.fake.set_port_state(2, kOptimized);
  EXPECT_LT(lab.await(writes) - start_ns, kSecond);
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(1 + i, 4096));
  EXPECT_GE(lab.report_of(1).fences, 1u);
}

TEST(PortStatesAtLogin, AStandbyPathLogsInAndIsCheckedAllTheSame) {
  fake::TargetOptions options = alua_target();
  Lab lab(options);
  lab.kernel.network().add_server(TwoPaths::kSecondPort, lab.fake, 2);
  lab.open();
  lab.fake.set_port_state(2, kStandby);
  LunPathOptions path;
  path.id = 1;
  path.portal = IscsiPortal{"127.0.0.1", TwoPaths::kSecondPort};
  ASSERT_TRUE(lab.device->add_path(*lab.target, path, false).resolve().has_value());
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.bench.turn_for(kSecond);
  const auto sessions = lab.device->sessions();
  ASSERT_EQ(sessions.size(), 2u);
  for (const IscsiSessionReport& report : sessions) {
    EXPECT_EQ(report.state, IscsiLinkState::ready);
    EXPECT_EQ(report.is_active, report.path == 0);
    EXPECT_TRUE(report.has_access);
  }
  lab.fake.set_port_state(1, kUnavailable);
  lab.fake.set_port_state(2, kOptimized);
  EXPECT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  EXPECT_EQ(lab.content(0, 4096), pattern(2, 4096));
}

}  // namespace

}  // namespace laneway
