#include "backend/retry_pause.h"

#include <gtest/gtest.h>

namespace laneway {

namespace {

TEST(RetryPause, TheFirstRetryIsAtOnceAndPausesGrowToALimit) {
  RetryPause pause(1);
  EXPECT_EQ(pause.next_ns(), 0u);
  uint64_t last_ns = 0;
  for (int i = 0; i < 5; ++i) {
    const uint64_t next_ns = pause.next_ns();
    EXPECT_GT(next_ns, last_ns);
    last_ns = next_ns;
  }
  for (int i = 0; i < 100; ++i) EXPECT_LE(pause.next_ns(), RetryPause::kLongestNs);
  EXPECT_GT(pause.next_ns(), RetryPause::kLongestNs / 2);
}

TEST(RetryPause, SuccessBeginsAgainAndProgressAlmost) {
  RetryPause pause(1);
  for (int i = 0; i < 10; ++i) pause.next_ns();
  pause.progress();
  const uint64_t after_progress_ns = pause.next_ns();
  EXPECT_GT(after_progress_ns, 0u);
  EXPECT_LE(after_progress_ns, RetryPause::kFirstNs);
  pause.succeed();
  EXPECT_EQ(pause.next_ns(), 0u);
}

}  // namespace

}  // namespace laneway
