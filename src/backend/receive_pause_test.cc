#include "backend/receive_pause.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(ReceivePause, LetsAnswersGatherWhereTheyComeOneByOne) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 32, i * 25 * kMicrosecond);
  EXPECT_NEAR(static_cast<double>(pause.next_ns(32)), 200e3, 10e3) << "a quarter of 32 times 25 us";
}

TEST(ReceivePause, ReceivesAtOnceWhereAnswersComeInBatchesOrFewAreUnderWay) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(16 * kKiB, 16, 32, i * 50 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(32), 0u);
  for (uint64_t i = 51; i <= 100; ++i) pause.received(4144, 1, 4, i * 50 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(4), 0u);
}

TEST(ReceivePause, ReceivesAtOnceWhereTasksAreQuickOrPayloadIsLarge) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 32, i * kMicrosecond);
  EXPECT_EQ(pause.next_ns(32), 0u);
  for (uint64_t i = 1; i <= 50; ++i) pause.received(64 * kKiB, 0, 32, kSecond + i * 50 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(32), 0u);
}

TEST(ReceivePause, IsBoundedAfterALongSilence) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 512, i * kSecond);
  EXPECT_EQ(pause.next_ns(512), 300 * kMicrosecond);
}

}  // namespace
}  // namespace laneway
