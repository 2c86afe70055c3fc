// What is told of a function, by a clock of the test's.
#include "engine/function_watch.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

class FunctionWatchTest : public ::testing::Test {
 protected:
  FunctionWatchTest() {
    pulse_.name = "vm1";
    pulse_.has_target = true;
  }
  // A second later.
  void look() {
    now_ns_ += kSecond;
    pulse_.samples = stages_.of(IoStage::total).count();
    pulse_.stages = pulse_.samples != watch_.samples() ? &stages_ : nullptr;
    watch_.look(pulse_, now_ns_, events_);
  }
  void look(int times) {
    for (int i = 0; i < times; ++i) look();
  }
  // Looks, between which the target takes so long for each request.
  void look_at_target(int times, uint64_t target_ns) {
    for (int i = 0; i < times; ++i) {
      StageTimes times_of{};
      times_of[static_cast<size_t>(IoStage::target)] = target_ns;
      times_of[static_cast<size_t>(IoStage::total)] = target_ns + 1000;
      for (int k = 0; k < 100; ++k) stages_.record(times_of);
      look();
    }
  }
  std::vector<std::string> kinds() const {
    std::vector<std::string> kinds;
    for (const Event& event : events_.list(0, 1000).events) kinds.emplace_back(event_kind_name(event.kind));
    return kinds;
  }
  using Kinds = std::vector<std::string>;

  uint64_t now_ns_ = kSecond;
  EventLog events_{1};
  FunctionWatch watch_{WatchLimits()};
  FunctionPulse pulse_;
  StageHistograms stages_;
};

TEST_F(FunctionWatchTest, ALimitIsToldOfOnceWhenItBeginsAndOnceWhenItEnds) {
  look(3);
  for (int i = 0; i < 20; ++i) {
    pulse_.throttle.held += 50;
    look();
    if (i % 4 == 0) look();  // a pause is no end
  }
  EXPECT_EQ(kinds(), Kinds{"limit-reached"});
  look(10);
  EXPECT_EQ(kinds(), (Kinds{"limit-reached", "limit-left"}));
}

TEST_F(FunctionWatchTest, WhatWasHeldBeforeTheFirstLookIsNoNews) {
  pulse_.throttle.held = 1000;
  look(3);
  EXPECT_EQ(kinds(), Kinds{});
  pulse_.throttle.waiting = 3;  // for so long that none has come through
  look();
  EXPECT_EQ(kinds(), Kinds{"limit-reached"});
}

TEST_F(FunctionWatchTest, PathsThatFailAndReturnAreToldOf) {
  pulse_.paths.resize(2);
  pulse_.paths[0].place = "path 0 (LUN 1 of target array)";
  pulse_.paths[1].id = 1;
  pulse_.paths[1].place = "path 1 (LUN 1 of target array)";
  look(2);
  pulse_.paths[1].is_failed = true;
  pulse_.paths[1].error = "connection reset";
  look(3);
  EXPECT_EQ(kinds(), Kinds{"path-failed"});
  const std::string text = events_.list(0, 10).events.front().text;
  EXPECT_EQ(text, "path 1 (LUN 1 of target array) failed: connection reset");
  pulse_.paths[1].is_failed = false;
  pulse_.paths[1].losses = 1;
  look(2);
  EXPECT_EQ(kinds(), (Kinds{"path-failed", "path-returned"}));
  // Between two looks
  pulse_.paths[0].losses = 1;
  look(2);
  EXPECT_EQ(kinds(), (Kinds{"path-failed", "path-returned", "path-failed", "path-returned"}));
  // What an operator takes out did not fail.
  pulse_.paths[0].is_out = true;
  pulse_.paths[0].is_failed = true;
  look(2);
  EXPECT_EQ(kinds().size(), 4u);
}

TEST_F(FunctionWatchTest, ATargetIsSlowWhenItHasBeenForAWhile) {
  look_at_target(9, 50 * kMillisecond);
  look_at_target(1, kMillisecond);
  look_at_target(9, 50 * kMillisecond);
  EXPECT_EQ(kinds(), Kinds{});
  look_at_target(3, 50 * kMillisecond);
  EXPECT_EQ(kinds(), Kinds{"target-slow"});
  look_at_target(60, 50 * kMillisecond);
  look_at_target(60, 18 * kMillisecond);  // better, but not by much
  EXPECT_EQ(kinds(), Kinds{"target-slow"});
  look_at_target(11, kMillisecond);
  EXPECT_EQ(kinds(), (Kinds{"target-slow", "target-well"}));
}

TEST_F(FunctionWatchTest, HealthIsToldOfWhenItsReasonChanges) {
  look();
  pulse_.health = {HealthState::blocked, "gone", "map the LUN again", {}};
  look(3);
  pulse_.health = {};
  look(2);
  EXPECT_EQ(kinds(), (Kinds{"disk-impaired", "disk-well"}));
  EXPECT_EQ(events_.list(0, 1).events.front().text, "its disk is blocked: gone; map the LUN again");
}

TEST_F(FunctionWatchTest, WhatIsSlowFollowsWhatIsUsual) {
  EXPECT_EQ(watch_.slow_ns(), 10 * kMillisecond);
  look_at_target(50, 400 * kMicrosecond);
  EXPECT_GT(watch_.slow_ns(), 3 * kMillisecond);
  EXPECT_LT(watch_.slow_ns(), 4 * kMillisecond);
  look_at_target(50, 10 * kMicrosecond);
  EXPECT_EQ(watch_.slow_ns(), kMillisecond);  // not less
  look_at_target(50, 40 * kMillisecond);
  EXPECT_EQ(watch_.slow_ns(), 10 * kMillisecond);  // not more
}

TEST(EventLog, NumbersRiseAndTheOldestGiveWay) {
  EventLog log(7);
  EXPECT_EQ(log.list(0, 10).oldest, 0u);
  for (size_t i = 0; i < EventLog::kEventsMax + 5; ++i) log.add(EventKind::path_returned, i, "vm1", "x");
  EventLog::Page page = log.list(0, 3);
  EXPECT_EQ(page.log, 7u);
  EXPECT_EQ(page.oldest, 6u);
  ASSERT_EQ(page.events.size(), 3u);
  EXPECT_EQ(page.events[0].number, 6u);
  page = log.list(EventLog::kEventsMax + 3, 100);
  ASSERT_EQ(page.events.size(), 2u);
  EXPECT_EQ(page.events[1].number, EventLog::kEventsMax + 5);
  EXPECT_TRUE(log.list(EventLog::kEventsMax + 5, 100).events.empty());
}

}  // namespace
}  // namespace laneway
