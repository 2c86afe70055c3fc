#include "reactor/spin_budget.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

constexpr uint64_t kLimitNs = 50'000;

// Work that comes `pause_ns` after the work before it, as a reactor would see it. True where polling caught it.
bool pass(SpinBudget& budget, uint64_t pause_ns) {
  const bool has_slept = pause_ns >= budget.window_ns();
  budget.paused(pause_ns, has_slept);
  return !has_slept;
}

int caught(SpinBudget& budget, uint64_t pause_ns, int count) {
  int caught_count = 0;
  for (int i = 0; i < count; ++i) caught_count += pass(budget, pause_ns) ? 1 : 0;
  return caught_count;
}

TEST(SpinBudget, KeepsPollingWhileWorkFollowsClosely) {
  SpinBudget budget(kLimitNs);
  EXPECT_EQ(caught(budget, 15'000, 1000), 1000);
}

TEST(SpinBudget, KeepsPollingThroughAFewLongPauses) {
  SpinBudget budget(kLimitNs);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(caught(budget, 15'000, 4), 4);
    pass(budget, 1'000'000);
  }
}

TEST(SpinBudget, GivesPollingUpWhereWorkIsRare) {
  SpinBudget budget(kLimitNs);
  caught(budget, 1'000'000, 10);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(budget.window_ns(), 0u);
    pass(budget, 1'000'000);
  }
}

TEST(SpinBudget, TriesEverMoreRarelyWherePausesAreALittleTooLong) {
  SpinBudget budget(kLimitNs);
  int polled = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (budget.window_ns() > 0) ++polled;
    pass(budget, 2 * kLimitNs);
  }
  EXPECT_LT(polled, 300);
}

TEST(SpinBudget, ComesBackWhereWakeUpsHadMadeThePausesLong) {
  SpinBudget budget(kLimitNs);
  caught(budget, 1'000'000, 100);
  ASSERT_EQ(budget.window_ns(), 0u);
  // A client that needs 15 us, and a wake-up on both sides where the reactor slept.
  for (int i = 0; i < 16; ++i) pass(budget, budget.window_ns() == 0 ? 60'000 : 15'000);
  EXPECT_EQ(caught(budget, 15'000, 100), 100);
}

TEST(SpinBudget, ALimitOfZeroNeverPolls) {
  SpinBudget budget(0);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(budget.window_ns(), 0u);
    pass(budget, 0);
  }
}

}  // namespace
}  // namespace laneway
