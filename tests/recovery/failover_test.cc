// Two paths to one LUN: what a path had under way when it was lost is finished over the other one, in order, once, and
// never undone by a dead copy.
#include "recovery/two_paths.h"

namespace laneway {

namespace {

constexpr uint16_t kFirst = TwoPaths::kFirstPort;
constexpr uint16_t kSecond_ = TwoPaths::kSecondPort;

fake::TargetOptions slow_target() {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  return options;
}

PathRules rules_of(PathPolicy policy) {
  PathRules rules;
  rules.policy = policy;
  return rules;
}

TEST(Failover, BothPathsCarryRequests) {
  TwoPaths lab(slow_target());
  auto writes = lab.start_writes(0, 20, 1);
  lab.await(writes);
  EXPECT_GE(lab.report_of(0).written_bytes, 8u * 4096);
  EXPECT_GE(lab.report_of(1).written_bytes, 8u * 4096);
  EXPECT_EQ(lab.sum_of(&IscsiSessionReport::fences), 0u);
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(1 + i, 4096));
}

TEST(Failover, ADeadConnectionCostsLessThanASecond) {
  for (const PathPolicy policy : {PathPolicy::failover, PathPolicy::queue_depth}) {
    for (const uint16_t dead : {kFirst, kSecond_}) {
      TwoPaths lab(slow_target(), rules_of(policy));
      auto writes = lab.start_writes(0, 20, 1);
      lab.bench.turn_for(2 * kMillisecond);
      const uint64_t start_ns = lab.bench.now_ns();
      lab.kernel.network().set_reachable(dead, false);
      lab.kernel.network().reset(dead);
      EXPECT_LT(lab.await(writes) - start_ns, kSecond);
      for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(1 + i, 4096));
    }
  }
}

TEST(Failover, TheOtherSessionGoesOnThroughTheFence) {
  TwoPaths lab(slow_target());
  auto writes = lab.start_writes(0, 20, 1);
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().set_reachable(kFirst, false);
  lab.kernel.network().reset(kFirst);
  lab.await(writes);
  EXPECT_EQ(lab.report_of(1).logins, 1u);
  EXPECT_EQ(lab.report_of(1).fences, 1u);
  EXPECT_GE(lab.report_of(1).replays, 8u);
}

TEST(Failover, ReadsChangeOverWithoutAFence) {
  TwoPaths lab(slow_target());
  std::vector<std::unique_ptr<TestRequest>> reads;
  for (uint64_t i = 0; i < 8; ++i) {
    reads.push_back(TestRequest::transfer(BlockOp::read, 0, {4096}));
    submit(*lab.queue, {reads.back().get()});
  }
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().reset(kFirst);
  lab.await(reads);
  for (auto& read : reads) EXPECT_EQ(read->bytes(), pattern(0, 4096));
  EXPECT_EQ(lab.sum_of(&IscsiSessionReport::fences), 0u);
}

// A ring moves while one of its paths has just been lost with writes under way.
TEST(Failover, AQueueThatEndsFlushesBehindTheFence) {
  TwoPaths lab(slow_target());
  auto writes = lab.start_writes(1, 20, 1);
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().set_reachable(kFirst, false);
  lab.kernel.network().reset(kFirst);
  lab.bench.close(*lab.queue);
  EXPECT_EQ(lab.fake.counters().flushes, 1u);
  lab.queue = &lab.bench.open_queue(*lab.device);
  EXPECT_EQ(lab.content(0, 4096), pattern(0, 4096));
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(Failover, ASilentPathIsLeftAfterItsPing) {
  TwoPaths lab(slow_target());
  auto writes = lab.start_writes(0, 20, 1);
  lab.bench.turn_for(kMillisecond);
  const uint64_t start_ns = lab.bench.now_ns();
  lab.kernel.network().swallow(kFirst);
  lab.kernel.network().set_reachable(kFirst, false);
  EXPECT_LT(lab.await(writes) - start_ns, 3 * kSecond) << "a ping after 1 s, its timeout 1 s";
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(1 + i, 4096));
}

// A write that the target accepted on the path that is lost lands late; a later one, over the other path, wins.
void expect_late_write_of_lost_path_never_wins(uint64_t late_ns, PathPolicy policy, uint64_t seed) {
  TwoPaths lab({}, rules_of(policy), seed);
  lab.fault(fmt::format("late-write:value={},op=write", late_ns));
  auto first = lab.start_write(0, pattern(1, 4096));
  auto others = lab.start_writes(1, 8, 1);
  ASSERT_TRUE(lab.finishes(*first));
  ASSERT_EQ(first->status, Status::ok);
  lab.await(others);
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.content(0, 4096), pattern(2, 4096)) << "late by " << late_ns << " ns";
  for (uint64_t i = 1; i < 9; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(1 + i, 4096));
  EXPECT_GE(lab.sum_of(&IscsiSessionReport::fences), 1u);
}

TEST(Failover, AWriteThatLandsLateOnTheLostPathNeverWins) {
  for (const uint64_t late_ns : {100 * kMicrosecond, kMillisecond, 20 * kMillisecond, 2 * kSecond}) {
    for (const PathPolicy policy : {PathPolicy::failover, PathPolicy::round_robin}) {
      for (uint64_t seed = 1; seed < 5; ++seed) expect_late_write_of_lost_path_never_wins(late_ns, policy, seed);
    }
  }
}

TEST(Failover, TheLateWriteOfATargetThatIgnoresFencesIsSeenByThisSuite) {
  TwoPaths lab({}, rules_of(PathPolicy::failover));
  lab.fault("ignore-fence:count=0");
  lab.fault(fmt::format("late-write:value={},op=write", kSecond));
  auto first = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.content(0, 4096), pattern(1, 4096));
}

TEST(Failover, AWriteThatTimedOutIsFencedBeforeALaterOneOverTheOtherPath) {
  TwoPaths lab({}, rules_of(PathPolicy::round_robin));
  lab.fault(fmt::format("delay:value={},op=write", 8 * kSecond));
  auto first = lab.start_write(0, pattern(1, 4096), 2 * kSecond);
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_EQ(first->status, Status::timed_out);
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(20 * kSecond);
  EXPECT_EQ(lab.content(0, 4096), pattern(2, 4096));
}

TEST(Failover, WithoutAnyPathRequestsWaitUntilTheirDeadline) {
  TwoPaths lab;
  lab.kernel.network().set_reachable(false);
  lab.kernel.network().reset_all();
  auto write = lab.start_write(0, pattern(1, 4096), 20 * kSecond);
  lab.bench.turn_for(19 * kSecond);
  EXPECT_FALSE(write->is_finished());
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
}

TEST(Failover, WithoutADeadlineRequestsWaitForEverAndGoOnInOrder) {
  TwoPaths lab;
  lab.kernel.network().set_reachable(false);
  lab.kernel.network().reset_all();
  std::vector<std::unique_ptr<TestRequest>> writes;
  for (uint64_t i = 0; i < 10; ++i) {
    writes.push_back(TestRequest::transfer(BlockOp::write, 0, {4096}));
    writes.back()->fill(pattern(i, 4096));
    submit(*lab.queue, {writes.back().get()});
  }
  lab.bench.turn_for(400 * kSecond);  // far beyond the replacement timeout
  for (auto& write : writes) EXPECT_FALSE(write->is_finished());
  lab.kernel.network().set_reachable(true);
  lab.await(writes);
}

TEST(Failover, AFlushAfterwardsSucceedsAlthoughTheTargetGreetsWithAReset) {
  fake::TargetOptions options = slow_target();
  options.luns[0].has_write_cache = true;
  options.attention_at_login = true;
  TwoPaths lab(options);
  (void)flush(lab.bench, *lab.queue);  // the very first greetings
  for (uint64_t round = 0; round < 5; ++round) {
    auto writes = lab.start_writes(0, 20, round);
    lab.bench.turn_for(2 * kMillisecond);
    lab.kernel.network().reset(round % 2 == 0 ? kFirst : kSecond_);
    lab.await(writes);
    lab.bench.turn_for(3 * kSecond);  // it is back
    EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok) << round;
  }
}

TEST(Failover, AFlushAfterAPowerCutStillTellsTheLoss) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    fake::TargetOptions options;
    options.luns[0].has_write_cache = true;
    TwoPaths lab(options, {}, seed);
    ASSERT_EQ(flush(lab.bench, *lab.queue), Status::ok);
    ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
    lab.bench.turn_for(seed * 100 * kMicrosecond);
    lab.fake.cut_power();
    lab.bench.turn_for(3 * kSecond);
    EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error) << seed;
    EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok) << seed;
  }
}

TEST(Failover, APathThatFailedIsUsedAgainOnceItWasWellForAWhile) {
  TwoPaths lab(slow_target(), rules_of(PathPolicy::failover));
  lab.kernel.network().reset(kFirst);
  lab.bench.turn_for(kSecond);
  EXPECT_EQ(lab.state_of(0), IscsiLinkState::ready);
  const uint64_t before = lab.report_of(0).written_bytes;
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(lab.report_of(0).written_bytes, before);
  lab.bench.turn_for(11 * kSecond);
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  EXPECT_EQ(lab.report_of(0).written_bytes, before + 4096);
}

TEST(Failover, APathThatJustCameBackIsTakenWhereTheOtherFails) {
  TwoPaths lab(slow_target(), rules_of(PathPolicy::failover));
  lab.kernel.network().reset(kFirst);
  lab.bench.turn_for(kSecond);
  lab.kernel.network().set_reachable(kSecond_, false);
  lab.kernel.network().reset(kSecond_);
  EXPECT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
}

TEST(Failover, PathsComeAndGoUnderLoad) {
  TwoPaths lab(slow_target());
  for (uint64_t round = 0; round < 5; ++round) {
    auto writes = lab.start_writes(0, 20, round);
    lab.bench.turn_for(2 * kMillisecond);
    LunPath& path = *lab.device->paths().find(1);
    path.leave();
    lab.device->paths().ring();
    lab.await(writes);
    ASSERT_TRUE(lab.bench.turn_until([&] { return path.await_empty(0); }));
    ASSERT_TRUE(lab.device->paths().remove(1));
    EXPECT_EQ(lab.device->sessions().size(), 1u);
    auto more = lab.start_writes(0, 20, round + 1);
    lab.add_second();
    lab.await(more);
    ASSERT_TRUE(lab.bench.turn_until([&] { return lab.state_of(1) == IscsiLinkState::ready; }));
  }
  EXPECT_EQ(lab.sum_of(&IscsiSessionReport::fences), 0u) << "what goes in order leaves nothing behind";
}

TEST(Failover, AnOperatorTakesAPathOutAndBack) {
  TwoPaths lab(slow_target(), rules_of(PathPolicy::round_robin));
  auto writes = lab.start_writes(0, 20, 1);
  lab.device->paths().find(0)->set_out(true);
  lab.device->paths().ring();
  lab.await(writes);
  ASSERT_TRUE(lab.bench.turn_until([&] { return lab.state_of(0) == IscsiLinkState::idle; }));
  const uint64_t before = lab.report_of(0).written_bytes;
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(lab.report_of(0).written_bytes, before);
  lab.device->paths().find(0)->set_out(false);
  lab.device->paths().ring();
  ASSERT_TRUE(lab.bench.turn_until([&] { return lab.state_of(0) == IscsiLinkState::ready; }));
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_GT(lab.report_of(0).written_bytes, before);
  EXPECT_EQ(lab.sum_of(&IscsiSessionReport::fences), 0u);
}

TEST(Failover, RandomLossesOfEitherPathLoseNothing) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    TwoPaths lab(slow_target(), rules_of(seed % 2 == 0 ? PathPolicy::round_robin : PathPolicy::service_time), seed);
    Random random(seed);
    for (uint64_t round = 0; round < 20; ++round) {
      auto writes = lab.start_writes(0, 20, round * 1000);
      lab.bench.turn_for(random.below(12 * kMillisecond));
      const uint16_t port = random.one_in(2) ? kFirst : kSecond_;
      if (random.one_in(4)) {
        lab.kernel.network().swallow(port);
      } else {
        lab.kernel.network().reset(port);
      }
      if (random.one_in(3)) lab.kernel.network().reset(kFirst + kSecond_ - port);
      lab.await(writes);
      for (uint64_t i = 0; i < 20; ++i) {
        ASSERT_EQ(lab.content(i * 4096, 4096), pattern(round * 1000 + i, 4096)) << "seed " << seed << " block " << i;
      }
    }
  }
}

}  // namespace

}  // namespace laneway
