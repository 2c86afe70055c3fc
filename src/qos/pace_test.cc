#include "qos/pace.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace laneway {
namespace {

constexpr uint64_t kStart = 100 * kSecond;

TEST(Pace, JustifiesOneUseAfterTheOther) {
  Pace pace;
  pace.set(1000, 0);
  // What was idle makes up for 10 ms: ten uses, and the one that is always there.
  for (int i = 0; i < 11; ++i) EXPECT_LE(pace.reserve(kStart, 1, kNever), kStart);
  EXPECT_EQ(pace.reserve(kStart, 1, kNever), kStart + 1 * kMillisecond);
  EXPECT_EQ(pace.reserve(kStart, 5, kNever), kStart + 2 * kMillisecond);
  EXPECT_EQ(pace.next_ns(kStart), kStart + 7 * kMillisecond);
}

TEST(Pace, SavesABurstAndNotMore) {
  Pace pace;
  pace.set(100, 500);
  int at_once = 0;
  while (pace.reserve(kStart, 1, kNever) <= kStart) ++at_once;
  EXPECT_EQ(at_once, 501);
}

TEST(Pace, TakesAUseThatIsLargerThanItsBurstIntoDebt) {
  Pace pace;
  pace.set(1000, 0);
  EXPECT_LE(pace.reserve(kStart, 5000, kNever), kStart);
  EXPECT_EQ(pace.next_ns(kStart), kStart + 4990 * kMillisecond);
}

TEST(Pace, GivesBackWhatWasNotUsed) {
  Pace pace;
  pace.set(1000, 0);
  const uint64_t before = pace.next_ns(kStart);
  pace.reserve(kStart, 30, kNever);
  pace.give_back(30);
  EXPECT_EQ(pace.next_ns(kStart), before);
}

TEST(Pace, IsNotPushedFurtherThanItsLead) {
  Pace pace;
  pace.set(10, 0);
  for (int i = 0; i < 100; ++i) pace.reserve(kStart, 1, kSecond);
  EXPECT_EQ(pace.next_ns(kStart), kStart + kSecond);
  // What is further ahead already stays.
  pace.reserve(kStart, 100, kNever);
  const uint64_t ahead = pace.next_ns(kStart);
  pace.reserve(kStart, 1, kSecond);
  EXPECT_EQ(pace.next_ns(kStart), ahead);
}

TEST(Pace, AUseThatWasAllowedElsewhereDelaysTheNextByOneAtMost) {
  Pace pace;
  pace.set(100, 0);
  for (int i = 0; i < 50; ++i) pace.note(kStart, 1);
  EXPECT_EQ(pace.next_ns(kStart), kStart + 10 * kMillisecond);
}

TEST(Pace, RoundsWellFromTheSlowestToTheFastest) {
  for (const uint64_t per_second : {uint64_t{1}, uint64_t{3}, uint64_t{999'999}, uint64_t{7'777'777}}) {
    Pace pace;
    pace.set(per_second, 0);
    pace.reserve(kStart, 1, kNever);
    const uint64_t first = pace.next_ns(kStart + kSecond);
    for (uint64_t i = 0; i < 1000; ++i) pace.reserve(kStart + kSecond, per_second / 100 + 1, kNever);
    const double seconds = static_cast<double>(pace.next_ns(kStart + kSecond) - first) / 1e9;
    const double wanted = static_cast<double>(per_second / 100 + 1) * 1000 / static_cast<double>(per_second);
    EXPECT_NEAR(seconds / wanted, 1.0, 0.001) << per_second;
  }
}

TEST(Pace, GoesOnAfterAChange) {
  Pace before;
  before.set(1000, 5000);
  before.reserve(kStart, 2000, kNever);  // 3000 are left
  Pace after;
  after.set(1000, 5000);
  after.continue_from(before, kStart);
  int at_once = 0;
  while (after.reserve(kStart, 1, kNever) <= kStart) ++at_once;
  EXPECT_EQ(at_once, 3001);
  // From no limit, nothing was saved.
  Pace fresh;
  fresh.set(1000, 5000);
  fresh.continue_from(Pace(), kStart);
  EXPECT_LE(fresh.reserve(kStart, 1, kNever), kStart);
  EXPECT_GT(fresh.reserve(kStart, 1, kNever), kStart);
}

TEST(Pace, LosesNoUseBetweenThreads) {
  Pace pace;
  pace.set(1'000'000, 0);
  constexpr int kThreads = 4;
  constexpr int kUses = 20'000;
  pace.reserve(kStart, 10'001, kNever);
  const uint64_t first = pace.next_ns(kStart);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int use = 0; use < kUses; ++use) pace.reserve(kStart, 1, kNever);
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(pace.next_ns(kStart) - first, uint64_t{kThreads} * kUses * 1000);
}

}  // namespace
}  // namespace laneway
