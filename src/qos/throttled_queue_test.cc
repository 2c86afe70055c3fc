// Throttled queues on simulated time: limits, bursts, changes while I/O runs, order, deadlines and ends.
#include "qos/throttled_queue.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "qos/testing/load.h"

namespace laneway {
namespace {

QosLimits at_most(QosRate rate, uint64_t max, uint64_t burst = 0) {
  QosLimits limits;
  limits.max[static_cast<size_t>(rate)] = max;
  limits.burst[static_cast<size_t>(rate)] = burst;
  return limits;
}

class ThrottledQueueTest : public ::testing::Test {
 protected:
  void limit(const QosLimits& limits) {
    throttle_.set(limits, nullptr, bench_.now_ns());
    bench_.reactor.turn();
    throttle_.collect();
  }
  // Any second of the time from `from_ns` on holds `wanted` within 2 %, and one piece more or less.
  template <typename Measure>
  void expect_exact(uint64_t from_ns, uint64_t wanted, uint64_t piece, Measure measure) {
    const auto most = static_cast<uint64_t>(static_cast<double>(wanted) * 1.02) + piece;
    const auto least = static_cast<uint64_t>(static_cast<double>(wanted) * 0.98) - piece;
    for (uint64_t begin_ns = from_ns; begin_ns + kSecond <= bench_.now_ns(); begin_ns += 37 * kMillisecond) {
      const uint64_t got = measure(begin_ns, begin_ns + kSecond);
      ASSERT_LE(got, most) << "from " << (begin_ns - from_ns) / kMillisecond << " ms on";
      ASSERT_GE(got, least) << "from " << (begin_ns - from_ns) / kMillisecond << " ms on";
    }
  }

  QosBench bench_;
  QuickDisk disk_;
  Throttle throttle_;
  ThrottledDevice device_{disk_, throttle_};
};

TEST_F(ThrottledQueueTest, WithoutALimitEverythingPassesInTheSameTurn) {
  Load load(bench_.reactor, device_, 0, {});
  for (int i = 0; i < 1000; ++i) load.submit({});
  EXPECT_EQ(disk_.seen.size(), 1000u);
  EXPECT_EQ(throttle_.counters().held, 0u);
}

TEST_F(ThrottledQueueTest, HoldsARateOverAnySecondForMixedSizesAndLateTimers) {
  for (const uint64_t late_ns : {uint64_t{0}, uint64_t{60} * kMicrosecond, uint64_t{3} * kMillisecond}) {
    SCOPED_TRACE(late_ns);
    Throttle throttle;
    throttle.set(at_most(QosRate::iops, 2000), nullptr, bench_.now_ns());
    ThrottledDevice device(disk_, throttle);
    Load load(bench_.reactor, device, 32, {{BlockOp::read, 4096}, {BlockOp::write, 65536}, {BlockOp::read, 512}});
    const uint64_t from_ns = bench_.now_ns();
    bench_.run_for(5 * kSecond, late_ns);
    expect_exact(from_ns, 2000, 1, [&](uint64_t a, uint64_t b) { return load.count_between(a, b); });
  }
}

TEST_F(ThrottledQueueTest, HoldsBytesASecond) {
  throttle_.set(at_most(QosRate::bytes, 100 * kMiB), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 8,
            {{BlockOp::read, 4096}, {BlockOp::write, 131072}, {BlockOp::write_zeroes, 65536}});
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(4 * kSecond, 50 * kMicrosecond);
  expect_exact(from_ns, 100 * kMiB, 131072, [&](uint64_t a, uint64_t b) { return load.bytes_between(a, b); });
}

TEST_F(ThrottledQueueTest, ADepthOfOneReachesItsRateToo) {
  throttle_.set(at_most(QosRate::iops, 10'000), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 1, {{BlockOp::read, 4096}});
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(3 * kSecond, 55 * kMicrosecond);
  expect_exact(from_ns, 10'000, 1, [&](uint64_t a, uint64_t b) { return load.count_between(a, b); });
}

TEST_F(ThrottledQueueTest, NoStallIsLongerThanTheTokensJustify) {
  throttle_.set(at_most(QosRate::iops, 1000), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 4, {{BlockOp::read, 4096}});
  bench_.run_for(3 * kSecond);
  uint64_t longest_ns = 0;
  for (size_t i = 20; i < load.ended.size(); ++i) {
    longest_ns = std::max(longest_ns, load.ended[i].time_ns - load.ended[i - 1].time_ns);
  }
  EXPECT_LE(longest_ns, kMillisecond + kMicrosecond);
}

TEST_F(ThrottledQueueTest, ReadsAndWritesAreLimitedApartAndDoNotHoldUpEachOther) {
  QosLimits limits = at_most(QosRate::write_iops, 100);
  limits.max[static_cast<size_t>(QosRate::read_bytes)] = 40 * kMiB;
  throttle_.set(limits, nullptr, bench_.now_ns());
  Load reads(bench_.reactor, device_, 16, {{BlockOp::read, 4096}});
  Load writes(bench_.reactor, device_, 16, {{BlockOp::write, 4096}, {BlockOp::flush, 0}, {BlockOp::discard, kMiB}});
  // One queue with both: its writes are in line, its reads are not behind them.
  Load both(bench_.reactor, device_, 0, {});
  for (int i = 0; i < 20; ++i) both.submit({BlockOp::write, 4096});
  both.submit({BlockOp::read, 4096});
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(20 * kMillisecond);
  EXPECT_TRUE(
      std::any_of(both.ended.begin(), both.ended.end(), [](const auto& each) { return each.op == BlockOp::read; }));
  EXPECT_LT(both.ended.size(), 20u);
  bench_.run_for(3 * kSecond);
  expect_exact(from_ns + 500 * kMillisecond, 10240, 20,
               [&](uint64_t a, uint64_t b) { return reads.count_between(a, b); });
  expect_exact(from_ns + 500 * kMillisecond, 100, 1,
               [&](uint64_t a, uint64_t b) { return writes.count_between(a, b); });
}

TEST_F(ThrottledQueueTest, ADiscardIsOneRequestAndNoBytes) {
  throttle_.set(at_most(QosRate::bytes, kMiB), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 0, {});
  for (int i = 0; i < 100; ++i) load.submit({BlockOp::discard, 512 * kMiB});
  EXPECT_EQ(disk_.seen.size(), 100u);
}

TEST_F(ThrottledQueueTest, ABurstIsSavedSpentAndSavedAgain) {
  throttle_.set(at_most(QosRate::iops, 1000, 3000), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 64, {{BlockOp::read, 4096}});
  bench_.run_for(20 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(load.ended.size()), 3020, 5);
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(3 * kSecond);
  expect_exact(from_ns, 1000, 1, [&](uint64_t a, uint64_t b) { return load.count_between(a, b); });
  load.set_depth(0);
  bench_.run_for(2 * kSecond);
  const size_t before = load.ended.size();
  load.set_depth(64);
  bench_.run_for(20 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(load.ended.size() - before), 2000, 100);
}

TEST_F(ThrottledQueueTest, ABurstWithADurationIsLetOutOverThatTime) {
  QosLimits limits = at_most(QosRate::iops, 1000, 4000);
  limits.burst_duration_ms = 2000;  // so at most 3000 a second
  throttle_.set(limits, nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 64, {{BlockOp::read, 4096}});
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(6 * kSecond);
  EXPECT_NEAR(static_cast<double>(load.count_between(from_ns, from_ns + kSecond)), 3000, 60);
  EXPECT_NEAR(static_cast<double>(load.count_between(from_ns + kSecond, from_ns + 2 * kSecond)), 3000, 60);
  EXPECT_NEAR(static_cast<double>(load.count_between(from_ns + 3 * kSecond, from_ns + 4 * kSecond)), 1000, 20);
}

TEST_F(ThrottledQueueTest, ARequestLargerThanTheBurstGoesIntoDebt) {
  throttle_.set(at_most(QosRate::bytes, kMiB), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 0, {});
  const uint64_t from_ns = bench_.now_ns();
  load.submit({BlockOp::read, 4 * kMiB});
  load.submit({BlockOp::read, 512});
  load.submit({BlockOp::read, 512});
  bench_.run_for(10 * kSecond);
  ASSERT_EQ(load.ended.size(), 3u);
  EXPECT_LT(load.ended[0].time_ns - from_ns, kMillisecond);
  EXPECT_NEAR(static_cast<double>(load.ended[1].time_ns - from_ns), 4e9, 2e7);
}

TEST_F(ThrottledQueueTest, KeepsTheOrderOfArrival) {
  throttle_.set(at_most(QosRate::iops, 500), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 24,
            {{BlockOp::read, 4096}, {BlockOp::write, 4096}, {BlockOp::flush, 0}, {BlockOp::write_zeroes, 8192}});
  bench_.run_for(kSecond);
  // A change that splits the lines and one that joins them keep it as far as the lines go.
  limit(at_most(QosRate::write_iops, 200));
  limit(at_most(QosRate::iops, 500));
  bench_.run_for(kSecond);
  ASSERT_GT(load.ended.size(), 900u);
  for (size_t i = 1; i < load.ended.size(); ++i) {
    const bool is_line_split = load.ended[i].op == BlockOp::read || load.ended[i - 1].op == BlockOp::read;
    ASSERT_TRUE(is_line_split || load.ended[i - 1].number < load.ended[i].number);
  }
}

TEST_F(ThrottledQueueTest, AChangeCountsAtOnceWhileIoRuns) {
  throttle_.set(at_most(QosRate::iops, 1), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 32, {{BlockOp::read, 4096}});
  bench_.run_for(3 * kSecond);
  EXPECT_LE(load.ended.size(), 5u);
  for (const uint64_t rate : {uint64_t{5000}, uint64_t{300}, uint64_t{20'000}}) {
    SCOPED_TRACE(rate);
    limit(at_most(QosRate::iops, rate));
    const uint64_t from_ns = bench_.now_ns();
    bench_.run_for(2500 * kMillisecond);
    expect_exact(from_ns, rate, 2, [&](uint64_t a, uint64_t b) { return load.count_between(a, b); });
  }
  // None: what waits goes at once.
  limit(at_most(QosRate::iops, 1));
  bench_.run_for(100 * kMillisecond);
  const size_t before = load.ended.size();
  limit({});
  bench_.reactor.turn();
  EXPECT_GE(load.ended.size() - before, 31u);
  EXPECT_EQ(throttle_.counters().waiting, 0u);
}

TEST_F(ThrottledQueueTest, FromNoLimitALimitBeginsWithNothingSaved) {
  throttle_.set({}, nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 1, {{BlockOp::read, 4096}});
  for (int i = 0; i < 1000; ++i) bench_.reactor.turn();
  bench_.kernel.time_ns += kMillisecond;
  limit(at_most(QosRate::iops, 1000, 50'000));
  const uint64_t from_ns = bench_.now_ns();
  load.set_depth(64);
  bench_.run_for(2 * kSecond);
  expect_exact(from_ns, 1000, 1, [&](uint64_t a, uint64_t b) { return load.count_between(a, b); });
}

TEST_F(ThrottledQueueTest, OldPlansAreKeptAsLongAsAQueueFollowsThem) {
  throttle_.set(at_most(QosRate::iops, 10), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 4, {{BlockOp::read, 4096}});
  bench_.run_for(kSecond);
  const ThrottlePlan* old = throttle_.plan();
  EXPECT_EQ(old->queues.load(), 1u);
  throttle_.set(at_most(QosRate::iops, 20), nullptr, bench_.now_ns());
  throttle_.collect();
  EXPECT_EQ(old->queues.load(), 1u);  // still there
  bench_.reactor.turn();
  EXPECT_EQ(throttle_.plan()->queues.load(), 1u);
  throttle_.collect();
}

TEST_F(ThrottledQueueTest, TwoQueuesOnTwoReactorsShareOneLimit) {
  Reactor other(bench_.kernel, {});
  throttle_.set(at_most(QosRate::iops, 3000), nullptr, bench_.now_ns());
  const uint64_t from_ns = bench_.now_ns();
  {
    Load one(bench_.reactor, device_, 16, {{BlockOp::read, 4096}});
    Load two(other, device_, 16, {{BlockOp::read, 4096}});
    for (int i = 0; i < 30'000; ++i) {
      bench_.reactor.turn();
      other.turn();
      bench_.kernel.time_ns += 100 * kMicrosecond;
    }
    expect_exact(from_ns, 3000, 2,
                 [&](uint64_t a, uint64_t b) { return one.count_between(a, b) + two.count_between(a, b); });
    EXPECT_NEAR(static_cast<double>(one.ended.size()) / static_cast<double>(two.ended.size()), 1.0, 0.02);
  }
}

TEST_F(ThrottledQueueTest, ADeadlineDoesNotRunWhileTheRequestIsHeld) {
  throttle_.set(at_most(QosRate::iops, 1), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 0, {});
  const uint64_t deadline_ns = bench_.now_ns() + 2 * kSecond;
  for (int i = 0; i < 5; ++i) load.submit({}, deadline_ns);
  load.submit({});  // without a deadline
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(10 * kSecond);
  ASSERT_EQ(disk_.seen.size(), 6u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(disk_.seen[i].deadline_ns, deadline_ns + (disk_.seen[i].time_ns - from_ns));
  EXPECT_EQ(disk_.seen[5].deadline_ns, kNever);
  EXPECT_GT(disk_.seen[4].time_ns, deadline_ns);  // it would have failed otherwise
  EXPECT_EQ(throttle_.counters().held, 5u);
  EXPECT_GT(throttle_.counters().held_ns, 5 * kSecond);
}

TEST_F(ThrottledQueueTest, ADrainEndsWhatWaitsAsAborted) {
  throttle_.set(at_most(QosRate::iops, 1), nullptr, bench_.now_ns());
  Load load(bench_.reactor, device_, 0, {});
  for (int i = 0; i < 10; ++i) load.submit({});
  EXPECT_EQ(throttle_.counters().waiting, 9u);
  load.queue().drain();
  EXPECT_EQ(load.ended.size(), 0u);  // never inside the call
  EXPECT_TRUE(load.queue().wants_poll());
  bench_.reactor.turn();
  ASSERT_EQ(load.ended.size(), 10u);
  EXPECT_EQ(std::count_if(load.ended.begin(), load.ended.end(),
                          [](const auto& each) { return each.status == Status::aborted; }),
            9);
  EXPECT_TRUE(load.queue().is_drained());
  EXPECT_EQ(throttle_.counters().waiting, 0u);
  // What was reserved for them was given back, and the queue goes on.
  load.submit({});
  bench_.run_for(1500 * kMillisecond);
  EXPECT_EQ(load.ended.back().status, Status::ok);
}

TEST_F(ThrottledQueueTest, ADeviceIsWhatIsBehindIt) {
  disk_.can_open = false;
  EXPECT_EQ(device_.open_queue(bench_.reactor).error().code, ErrorCode::unreachable);
  EXPECT_TRUE(device_.resize(kMiB).has_value());
  EXPECT_EQ(device_.geometry().capacity_bytes, kMiB);
  EXPECT_EQ(device_.describe(), "quick");
  EXPECT_EQ(device_.identity(), "same");
  struct Watcher final : BlockDeviceWatcher {
    void geometry_changed() override {}
  } watcher;
  device_.watch(&watcher);
  EXPECT_EQ(disk_.watcher, &watcher);
}

}  // namespace
}  // namespace laneway
