#include <gtest/gtest.h>

#include <algorithm>

#include "target/test_client.h"

namespace laneway::fake {
namespace {

constexpr uint8_t kAbortTask = 1;
constexpr uint8_t kAbortTaskSet = 2;
constexpr uint8_t kClearTaskSet = 4;
constexpr uint8_t kLunReset = 5;

// A write that was accepted just before its connection went away, and the session that came after it.
class LateWrite {
 public:
  explicit LateWrite(const TargetOptions& options = {}) : target(options), old(target), fresh(target) {
    EXPECT_TRUE(old.login());
    target.script().add(read_fault("late-write:value=1000").value());
    old.write_blocks(0, Bytes(512, 0xaa));
    EXPECT_TRUE(old.is_over());
    EXPECT_TRUE(fresh.login());
    EXPECT_EQ(target.running_tasks(), 1u);
  }
  uint8_t medium() { return target.lun(0)->disk().read(0, 1)[0]; }

  FakeTarget target;
  TestClient old;
  TestClient fresh;
};

int fence_response(const std::vector<OwnedPdu>& pdus) {
  const OwnedPdu* found = find_pdu(pdus, Op::task_management_response);
  return found == nullptr ? -1 : found->u8(2);
}

TEST(TargetFence, AnAcceptedWriteLandsAfterTheNewLogin) {
  LateWrite late;
  late.fresh.write_blocks(0, Bytes(512, 0xbb));
  EXPECT_EQ(late.medium(), 0xbb);
  late.fresh.take_at(2000);
  EXPECT_EQ(late.medium(), 0xaa);
  EXPECT_EQ(late.target.counters().late_effects, 1u);
}

TEST(TargetFence, ReinstatementOfAStrictTargetKillsIt) {
  TargetOptions options;
  options.ends_old_session_tasks = true;
  FakeTarget target(options);
  TestClient old(target);
  ASSERT_TRUE(old.login());
  target.script().add(read_fault("delay:value=1000").value());
  old.write_blocks(0, Bytes(512, 0xaa));
  TestClient fresh(target);
  ASSERT_TRUE(fresh.login());
  EXPECT_EQ(target.running_tasks(), 0u);
}

TEST(TargetFence, LunResetAndClearTaskSetKillIt) {
  for (const uint8_t function : {kLunReset, kClearTaskSet}) {
    LateWrite late;
    late.fresh.fence(function);
    EXPECT_EQ(fence_response(late.fresh.take()), 0);
    late.fresh.take_at(5000);
    EXPECT_EQ(late.medium(), 0);
    EXPECT_EQ(late.target.counters().fenced_tasks, 1u);
  }
}

TEST(TargetFence, AbortsReachOnlyTheSessionsOwnTasks) {
  LateWrite late;
  late.fresh.fence(kAbortTaskSet);
  EXPECT_EQ(fence_response(late.fresh.take()), 0);
  late.fresh.fence(kAbortTask, 1);
  EXPECT_EQ(fence_response(late.fresh.take()), 1);
  late.fresh.take_at(5000);
  EXPECT_EQ(late.medium(), 0xaa);
}

TEST(TargetFence, AbortTaskKillsOneOfTheSessionsOwn) {
  TargetOptions options;
  options.latency_min_ns = 1000;
  FakeTarget target(options);
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const uint32_t tag = client.write_blocks(0, Bytes(512, 0xaa));
  client.fence(kAbortTask, tag);
  const auto pdus = client.take_at(5000);
  EXPECT_EQ(fence_response(pdus), 0);
  EXPECT_EQ(status_of(pdus, tag), -1);
  EXPECT_EQ(target.running_tasks(), 0u);
}

TEST(TargetFence, CanWaitForRunningTasksBeforeItAnswers) {
  TargetOptions options;
  options.fence_waits = true;
  LateWrite late(options);
  late.fresh.fence(kLunReset);
  EXPECT_EQ(fence_response(late.fresh.take_at(500)), -1);
  EXPECT_EQ(fence_response(late.fresh.take_at(1500)), 0);
  EXPECT_EQ(late.medium(), 0xaa);
}

TEST(TargetFence, CanBeIgnoredRefusedOrLeftUnansweredOnScript) {
  LateWrite late;
  late.target.script().add(read_fault("ignore-fence").value());
  late.fresh.fence(kLunReset);
  EXPECT_EQ(fence_response(late.fresh.take()), 0);
  EXPECT_EQ(late.target.running_tasks(), 1u);
  late.target.script().add(read_fault("refuse-fence:value=5").value());
  late.fresh.fence(kLunReset);
  EXPECT_EQ(fence_response(late.fresh.take()), 5);
  late.target.script().add(read_fault("silent-fence").value());
  late.fresh.fence(kLunReset);
  EXPECT_TRUE(late.fresh.take().empty());
  late.fresh.fence(3);  // CLEAR ACA: not supported
  EXPECT_EQ(fence_response(late.fresh.take()), 5);
}

TEST(TargetFence, LunResetTellsTheOtherSessions) {
  FakeTarget target{TargetOptions{}};
  TestClient one(target);
  TestClient two(target);
  ASSERT_TRUE(one.login());
  ASSERT_TRUE(two.login({.isid_tail = 2}));
  one.fence(kLunReset);
  EXPECT_EQ(status_of((one.read_blocks(0, 1), one.take()), 2), kGood);
  EXPECT_EQ(status_of((two.read_blocks(0, 1), two.take()), 1), kCheckCondition);
  EXPECT_EQ(status_of((two.read_blocks(0, 1), two.take()), 2), kGood);
}

TEST(TargetFence, TornWritesLandInPieces) {
  TargetOptions options;
  options.latency_min_ns = 100;
  options.latency_max_ns = 1000;
  options.tears_writes = true;
  FakeTarget target(options);
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const uint32_t tag = client.write_blocks(0, Bytes(16 * 512, 0xcc));
  bool was_torn = false;
  std::vector<OwnedPdu> pdus;
  for (uint64_t now = 0; status_of(pdus, tag) < 0 && now < 100000; now += 10) {
    pdus = client.take_at(now);
    const ByteView medium = target.lun(0)->disk().read(0, 16 * 512);
    const auto landed = std::count(medium.begin(), medium.end(), 0xcc);
    was_torn = was_torn || (landed > 0 && landed < 16 * 512);
  }
  EXPECT_TRUE(was_torn);
  EXPECT_EQ(status_of(pdus, tag), kGood);
}

}  // namespace
}  // namespace laneway::fake
