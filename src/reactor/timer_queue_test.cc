#include "reactor/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/random.h"

namespace laneway {
namespace {

struct Alarm {
  explicit Alarm(std::vector<uint64_t>& sink) : fired(sink) {}
  void fire() { fired.push_back(timer.deadline_ns()); }
  std::vector<uint64_t>& fired;
  Timer timer{this, fire_by<&Alarm::fire>};
};

TEST(TimerQueue, FiresInOrderOfDeadlineWhateverTheOrderOfArming) {
  const uint64_t seed = 20261123;
  Random random(seed);
  std::vector<uint64_t> fired;
  std::vector<std::unique_ptr<Alarm>> alarms;
  TimerQueue queue;
  for (int i = 0; i < 500; ++i) {
    alarms.push_back(std::make_unique<Alarm>(fired));
    queue.arm(alarms.back()->timer, random.below(1000));
  }
  // Some move, some go.
  for (int i = 0; i < 500; i += 3) queue.arm(alarms[static_cast<size_t>(i)]->timer, random.below(1000));
  size_t cancelled = 0;
  for (int i = 0; i < 500; i += 7, ++cancelled) queue.cancel(alarms[static_cast<size_t>(i)]->timer);
  for (uint64_t now = 0; now <= 1000; now += 10) {
    queue.fire_due(now);
    EXPECT_GT(queue.next_deadline_ns(), now);
  }
  EXPECT_EQ(fired.size(), 500 - cancelled) << "seed " << seed;
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end())) << "seed " << seed;
  EXPECT_EQ(queue.next_deadline_ns(), kNever);
}

TEST(TimerQueue, ATimerThatRearmsItselfInThePastDoesNotHoldTheLoop) {
  struct Eager {
    void fire() {
      ++fired;
      queue.arm(timer, 0);
    }
    TimerQueue& queue;
    int fired = 0;
    Timer timer{this, fire_by<&Eager::fire>};
  };
  TimerQueue queue;
  Eager eager{queue};
  queue.arm(eager.timer, 0);
  EXPECT_EQ(queue.fire_due(5), 1u);
  EXPECT_EQ(eager.fired, 1);
  queue.cancel(eager.timer);
}

}  // namespace
}  // namespace laneway
