// Groups on simulated time: one limit for many functions, minimums, fairness, changes.
#include "qos/throttle_group.h"

#include <gtest/gtest.h>

#include <list>

#include "qos/testing/load.h"

namespace laneway {
namespace {

QosLimits group_iops(uint64_t max) {
  QosLimits limits;
  limits.max[static_cast<size_t>(QosRate::iops)] = max;
  return limits;
}

class ThrottleGroupTest : public ::testing::Test {
 protected:
  struct Member {
    Member(ThrottleGroupTest& test, const QosLimits& own_limits, uint32_t depth, std::vector<LoadStep> steps)
        : limits(own_limits), device(test.disk_, throttle) {
      throttle.set(limits, &test.group_, test.bench_.now_ns());
      load = std::make_unique<Load>(test.bench_.reactor, device, depth, std::move(steps));
    }
    QosLimits limits;
    Throttle throttle;
    ThrottledDevice device;
    std::unique_ptr<Load> load;
  };
  Member& add(uint32_t depth, const QosLimits& limits = {}, std::vector<LoadStep> steps = {{BlockOp::read, 4096}}) {
    return members_.emplace_back(*this, limits, depth, std::move(steps));
  }
  void limit_group(const QosLimits& limits) {
    group_.set(limits, bench_.now_ns());
    for (Member& member : members_) member.throttle.set(member.limits, &group_, bench_.now_ns());
    bench_.reactor.turn();
    for (Member& member : members_) member.throttle.collect();
    group_.collect();
  }
  uint64_t count_all(uint64_t from_ns, uint64_t to_ns) const {
    uint64_t count = 0;
    for (const Member& member : members_) count += member.load->count_between(from_ns, to_ns);
    return count;
  }
  void expect_total(uint64_t from_ns, uint64_t wanted, uint64_t piece) {
    for (uint64_t begin_ns = from_ns; begin_ns + kSecond <= bench_.now_ns(); begin_ns += 53 * kMillisecond) {
      const uint64_t got = count_all(begin_ns, begin_ns + kSecond);
      ASSERT_NEAR(static_cast<double>(got), static_cast<double>(wanted),
                  static_cast<double>(wanted) * 0.02 + static_cast<double>(piece))
          << "from " << (begin_ns - from_ns) / kMillisecond << " ms on";
    }
  }

  QosBench bench_;
  QuickDisk disk_;
  ThrottleGroup group_;
  std::list<Member> members_;
};

TEST_F(ThrottleGroupTest, ManyMembersShareOneLimitEqually) {
  constexpr size_t kMembers = 256;
  group_.set(group_iops(50'000), bench_.now_ns());
  for (size_t i = 0; i < kMembers; ++i) add(i % 2 == 0 ? 1 : 32);
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(2500 * kMillisecond, 20 * kMicrosecond);
  expect_total(from_ns, 50'000, 1);
  double sum = 0;
  double squares = 0;
  for (const Member& member : members_) {
    const auto got = static_cast<double>(member.load->ended.size());
    sum += got;
    squares += got * got;
  }
  EXPECT_GE(sum * sum / (kMembers * squares), 0.99);  // Jain's index
}

TEST_F(ThrottleGroupTest, AMinimumHoldsAgainstNeighboursAndTheTotalStays) {
  group_.set(group_iops(1000), bench_.now_ns());
  QosLimits minimum;
  minimum.iops_min = 600;
  for (int i = 0; i < 20; ++i) add(64);
  Member& guarded = add(32, minimum);
  bench_.run_for(500 * kMillisecond);
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(4 * kSecond);
  for (uint64_t at = 0; at < 3; ++at) {
    const uint64_t got = guarded.load->count_between(from_ns + at * kSecond, from_ns + (at + 1) * kSecond);
    EXPECT_GE(got, 588u);
    EXPECT_LE(got, 660u);
  }
  expect_total(from_ns, 1000, 1);
}

TEST_F(ThrottleGroupTest, AMemberThatGetsMoreThanItsMinimumAnywayGetsItOnce) {
  group_.set(group_iops(1000), bench_.now_ns());
  QosLimits minimum;
  minimum.iops_min = 100;
  Member& guarded = add(32, minimum);
  Member& other = add(32);
  bench_.run_for(5 * kSecond);
  EXPECT_NEAR(static_cast<double>(guarded.load->ended.size()), static_cast<double>(other.load->ended.size()), 250);
  // And it is no debt: when twenty more come, the minimum holds at once.
  for (int i = 0; i < 20; ++i) add(64);
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(2 * kSecond);
  EXPECT_GE(guarded.load->count_between(from_ns, from_ns + kSecond), 97u);
}

TEST_F(ThrottleGroupTest, WhereMinimumsFillTheGroupOthersStillGetThrough) {
  group_.set(group_iops(1000), bench_.now_ns());
  QosLimits minimum;
  minimum.iops_min = 500;
  add(32, minimum);
  add(32, minimum);
  Member& last = add(4);
  bench_.run_for(60 * kSecond);
  EXPECT_GE(last.load->count_between(1050 * kSecond, 1061 * kSecond), 8u);
  // And when the others go, it has what it may at once.
  for (Member& member : members_) {
    if (&member != &last) member.load->set_depth(0);
  }
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(3 * kSecond);
  EXPECT_NEAR(
      static_cast<double>(last.load->count_between(from_ns + 1500 * kMillisecond, from_ns + 2500 * kMillisecond)), 1000,
      20);
}

TEST_F(ThrottleGroupTest, MinimumsInBytesHoldForLargeRequests) {
  QosLimits limits;
  limits.max[static_cast<size_t>(QosRate::bytes)] = 100 * kMiB;
  group_.set(limits, bench_.now_ns());
  QosLimits minimum;
  minimum.bytes_min = 40 * kMiB;
  Member& guarded = add(32, minimum, {{BlockOp::read, 4096}});
  for (int i = 0; i < 4; ++i) add(8, {}, {{BlockOp::write, kMiB}});
  bench_.run_for(500 * kMillisecond);
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(3 * kSecond);
  EXPECT_GE(guarded.load->bytes_between(from_ns, from_ns + 2 * kSecond), 78 * kMiB);
}

TEST_F(ThrottleGroupTest, AMembersOwnLimitCountsBeforeTheGroups) {
  group_.set(group_iops(2000), bench_.now_ns());
  QosLimits slow;
  slow.max[static_cast<size_t>(QosRate::iops)] = 50;
  Member& held = add(32, slow);
  Member& free = add(32);
  const uint64_t from_ns = bench_.now_ns();
  bench_.run_for(4 * kSecond);
  EXPECT_NEAR(static_cast<double>(held.load->count_between(from_ns, from_ns + 3 * kSecond)), 150, 4);
  EXPECT_NEAR(static_cast<double>(free.load->count_between(from_ns, from_ns + 3 * kSecond)), 5850, 120);
  expect_total(from_ns, 2000, 1);
}

TEST_F(ThrottleGroupTest, TheGroupsLimitChangesWhileIoRuns) {
  group_.set(group_iops(10), bench_.now_ns());
  for (int i = 0; i < 30; ++i) add(8);
  bench_.run_for(2 * kSecond);
  for (const uint64_t rate : {uint64_t{3000}, uint64_t{500}}) {
    SCOPED_TRACE(rate);
    limit_group(group_iops(rate));
    const uint64_t from_ns = bench_.now_ns();
    bench_.run_for(2500 * kMillisecond);
    expect_total(from_ns, rate, 2);
  }
  limit_group({});
  EXPECT_EQ(members_.front().throttle.plan(), nullptr);
}

TEST_F(ThrottleGroupTest, AMemberMayLeaveWhileItsRequestsWait) {
  group_.set(group_iops(10), bench_.now_ns());
  Member& leaver = add(8);
  add(8);
  bench_.run_for(kSecond);
  const size_t before = leaver.load->ended.size();
  leaver.throttle.set({}, nullptr, bench_.now_ns());
  bench_.reactor.turn();
  bench_.reactor.turn();
  EXPECT_GE(leaver.load->ended.size(), before + 7);
  leaver.throttle.collect();
}

}  // namespace
}  // namespace laneway
