#include "reactor/spin_budget.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

constexpr uint64_t kLimitNs = 20'000;

TEST(SpinBudget, KeepsPollingWhileWorkFollowsClosely) {
  SpinBudget budget(kLimitNs);
  for (int i = 0; i < 100; ++i) budget.paused(5'000);
  EXPECT_EQ(budget.window_ns(), kLimitNs);
}

TEST(SpinBudget, GivesPollingUpWhereWorkIsRare) {
  SpinBudget budget(kLimitNs);
  for (int i = 0; i < 10; ++i) budget.paused(200'000);
  EXPECT_LT(budget.window_ns(), 100u);
}

TEST(SpinBudget, ComesBackWithinAFewPiecesOfCloseWork) {
  SpinBudget budget(kLimitNs);
  for (int i = 0; i < 100; ++i) budget.paused(200'000);
  for (int i = 0; i < 4; ++i) budget.paused(1'000);
  EXPECT_EQ(budget.window_ns(), kLimitNs);
}

TEST(SpinBudget, ALimitOfZeroNeverPolls) {
  SpinBudget budget(0);
  for (int i = 0; i < 10; ++i) budget.paused(0);
  EXPECT_EQ(budget.window_ns(), 0u);
}

}  // namespace
}  // namespace laneway
