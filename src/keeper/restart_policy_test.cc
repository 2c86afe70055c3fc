// When a dead engine is started again, and without which items.
#include "keeper/restart_policy.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

class Restarts : public ::testing::Test {
 protected:
  uint64_t die_after(uint64_t lifetime_ns, const std::string& in_progress = {}) {
    policy_.started(now_ns_);
    if (!in_progress.empty()) policy_.restoring(in_progress);
    now_ns_ += lifetime_ns;
    return policy_.died(now_ns_);
  }

  RestartPolicy policy_;
  uint64_t now_ns_ = kSecond;
};

TEST_F(Restarts, AreAtOnceTwiceAndSlowerThen) {
  std::vector<uint64_t> pauses_ms;
  for (int i = 0; i < 10; ++i) pauses_ms.push_back(die_after(kMillisecond) / kMillisecond);
  EXPECT_EQ(pauses_ms, (std::vector<uint64_t>{0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000}));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(die_after(kMillisecond), RestartPolicy::kLongestPauseNs);
}

TEST_F(Restarts, AreAtOnceAgainAfterALongLife) {
  for (int i = 0; i < 5; ++i) die_after(kMillisecond);
  EXPECT_EQ(die_after(RestartPolicy::kSoonNs), 0u);
  EXPECT_FALSE(policy_.is_careful());
}

TEST_F(Restarts, AreCarefulWhereTheEngineDiesSoonEachTime) {
  die_after(kMillisecond);
  die_after(kMillisecond);
  EXPECT_FALSE(policy_.is_careful());
  die_after(kMillisecond);
  EXPECT_TRUE(policy_.is_careful());
  policy_.ended_in_order();
  EXPECT_FALSE(policy_.is_careful());
}

TEST_F(Restarts, LeaveOutAnItemThatTwoEnginesDiedOf) {
  die_after(kMillisecond, "vf/bad");
  EXPECT_TRUE(policy_.quarantined().empty());
  die_after(kMillisecond, "vf/other");
  EXPECT_TRUE(policy_.quarantined().empty());
  die_after(kMillisecond, "vf/bad");
  EXPECT_EQ(policy_.quarantined(), std::vector<std::string>{"vf/bad"});
}

TEST_F(Restarts, BlameNothingThatIsInUse) {
  for (int i = 0; i < 3; ++i) {
    policy_.started(now_ns_);
    policy_.restoring("vf/good");
    policy_.served();
    policy_.died(now_ns_);
  }
  EXPECT_TRUE(policy_.quarantined().empty());
}

TEST_F(Restarts, AReleasedItemHasOneMoreAttempt) {
  die_after(kMillisecond, "vf/bad");
  die_after(kMillisecond, "vf/bad");
  policy_.release("vf/bad");
  EXPECT_TRUE(policy_.quarantined().empty());
  die_after(kMillisecond, "vf/bad");
  EXPECT_EQ(policy_.quarantined(), std::vector<std::string>{"vf/bad"});
}

TEST_F(Restarts, BlameNobodyForAKillFromOutside) {
  for (int i = 0; i < 100; ++i) {
    policy_.started(now_ns_);
    policy_.restoring("vf/good");
    now_ns_ += RestartPolicy::kKilledSoonNs;
    EXPECT_EQ(policy_.killed(now_ns_), 0u);
  }
  EXPECT_FALSE(policy_.is_careful());
  EXPECT_TRUE(policy_.quarantined().empty());
}

TEST_F(Restarts, GiveAKillerTimeThatStrikesAtOnce) {
  policy_.started(now_ns_);
  EXPECT_EQ(policy_.killed(now_ns_ + kMillisecond), 100 * kMillisecond);
}

}  // namespace
}  // namespace laneway
