#include "reactor/reactor.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "reactor/uring_port.h"

namespace laneway {
namespace {

std::unique_ptr<UringPort> open_port() {
  auto port = UringPort::open({});
  EXPECT_TRUE(port) << port.error().message;
  return std::move(*port);
}

struct CountingPoller final : Poller {
  uint32_t poll(uint64_t) override {
    ++polls;
    return std::exchange(work, 0);
  }
  bool arm_wake_up() override {
    ++arms;
    return work == 0;
  }
  void disarm_wake_up() override { ++disarms; }
  uint32_t work = 0;
  int polls = 0;
  int arms = 0;
  int disarms = 0;
};

struct CountingLetter final : Letter {
  explicit CountingLetter(std::vector<int>& sink, int id) : delivered(sink), number(id) {}
  void deliver() override { delivered.push_back(number); }
  std::vector<int>& delivered;
  int number;
};

TEST(Reactor, DeliversLettersInTheOrderPosted) {
  auto port = open_port();
  Reactor reactor(*port, {});
  std::vector<int> delivered;
  CountingLetter first(delivered, 1), second(delivered, 2), third(delivered, 3);
  reactor.post(first);
  reactor.post(second);
  reactor.post(third);
  EXPECT_TRUE(reactor.turn());
  EXPECT_EQ(delivered, (std::vector<int>{1, 2, 3}));
  EXPECT_FALSE(reactor.turn());
}

TEST(Reactor, SleepIsCalledOffWhenAPollerHasWork) {
  auto port = open_port();
  Reactor reactor(*port, {});
  CountingPoller poller;
  reactor.add(poller);
  poller.work = 1;
  reactor.sleep_until_work();  // would hang were it to sleep
  EXPECT_EQ(poller.arms, 1);
  EXPECT_EQ(poller.disarms, 1);
  EXPECT_EQ(reactor.counters().sleeps, 0u);
  EXPECT_TRUE(reactor.turn());
  reactor.remove(poller);
}

// Agrees to doze where `may_doze`.
struct DozingPoller final : Poller {
  uint32_t poll(uint64_t) override {
    ++polls;
    return std::exchange(work, 0);
  }
  bool doze() override {
    ++asked;
    return may_doze;
  }
  void disarm_wake_up() override { ++disarms; }
  bool may_doze = true;
  uint32_t work = 0;
  int polls = 0;
  int asked = 0;
  int disarms = 0;
};

TEST(Reactor, APollerWithoutWorkDozesUntilItIsRoused) {
  auto port = open_port();
  Reactor reactor(*port, {});
  DozingPoller quiet;
  CountingPoller busy;
  reactor.add(quiet);
  reactor.add(busy);
  while (quiet.asked == 0) reactor.turn();
  const int polls = quiet.polls;
  const int polls_of_other = busy.polls;
  quiet.work = 1;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(reactor.turn());
  EXPECT_EQ(quiet.polls, polls);
  EXPECT_EQ(busy.polls, polls_of_other + 10);

  reactor.rouse(quiet);
  reactor.rouse(quiet);  // awake already: nothing
  EXPECT_EQ(quiet.disarms, 1);
  EXPECT_TRUE(reactor.turn());
  EXPECT_EQ(quiet.polls, polls + 1);
  reactor.remove(quiet);
  reactor.remove(busy);
}

TEST(Reactor, APollerThatRefusesToDozeIsPolledOn) {
  auto port = open_port();
  Reactor reactor(*port, {});
  DozingPoller poller;
  poller.may_doze = false;
  reactor.add(poller);
  while (poller.asked < 2) reactor.turn();
  const int polls = poller.polls;
  reactor.turn();
  EXPECT_EQ(poller.polls, polls + 1);
  EXPECT_GT(polls, poller.asked);  // not asked in every turn
  reactor.remove(poller);
}

TEST(Reactor, ADozingPollerMayLeaveAndComeBack) {
  auto port = open_port();
  Reactor reactor(*port, {});
  DozingPoller poller;
  reactor.add(poller);
  while (poller.asked == 0) reactor.turn();
  reactor.remove(poller);
  reactor.rouse(poller);  // not here: nothing
  const int polls = poller.polls;
  reactor.turn();
  EXPECT_EQ(poller.polls, polls);
  reactor.add(poller);
  reactor.turn();
  EXPECT_EQ(poller.polls, polls + 1);
  reactor.remove(poller);
}

TEST(Reactor, LooksAtTheClockOnceMoreATurnAtMost) {
  auto port = open_port();
  Reactor reactor(*port, {});
  reactor.turn();
  const uint64_t later = reactor.later_ns();
  EXPECT_GE(later, reactor.now_ns());
  EXPECT_EQ(reactor.later_ns(), later);
  reactor.turn();
  EXPECT_GE(reactor.now_ns(), later);
}

TEST(Reactor, PollersMayRemoveThemselvesAndOthers) {
  struct Remover final : Poller {
    explicit Remover(std::vector<Poller*>& others) : victims(others) {}
    uint32_t poll(uint64_t) override {
      for (Poller* victim : victims) victim->unlink();
      unlink();
      return 1;
    }
    std::vector<Poller*>& victims;
  };
  auto port = open_port();
  Reactor reactor(*port, {});
  CountingPoller before, after;
  std::vector<Poller*> victims = {&before, &after};
  Remover remover(victims);
  reactor.add(before);
  reactor.add(remover);
  reactor.add(after);
  EXPECT_TRUE(reactor.turn());
  EXPECT_EQ(before.polls, 1);
  EXPECT_EQ(after.polls, 0);
  EXPECT_FALSE(reactor.turn());
}

TEST(Reactor, TurnEndHooksRunOnceATurn) {
  struct Hook final : TurnEnd {
    void end_turn(uint64_t) override { ++runs; }
    int runs = 0;
  };
  auto port = open_port();
  Reactor reactor(*port, {});
  Hook hook;
  reactor.at_turn_end(hook);
  reactor.at_turn_end(hook);
  reactor.turn();
  reactor.turn();
  EXPECT_EQ(hook.runs, 1);
}

TEST(Reactor, SleepsUntilItsNextTimerAndFiresIt) {
  struct Owner {
    void fire() { ++fired; }
    int fired = 0;
  };
  auto port = open_port();
  Reactor reactor(*port, {});
  Owner owner;
  Timer timer(&owner, fire_by<&Owner::fire>);
  reactor.arm(timer, reactor.now_ns() + kMillisecond);
  while (owner.fired == 0) {
    reactor.sleep_until_work();
    reactor.turn();
  }
  EXPECT_EQ(owner.fired, 1);
  EXPECT_FALSE(timer.is_armed());
  EXPECT_GE(reactor.counters().sleeps, 1u);
}

TEST(Reactor, SleepsAtOnceWherePollingGainsNothing) {
  // Work comes every millisecond, by a timer; polling would go on for a second.
  static constexpr uint32_t kFires = 20;
  struct Load final : Poller {
    explicit Load(Reactor& on) : reactor(on), timer(this, fire_by<&Load::fire>) {}
    uint32_t poll(uint64_t) override { return 0; }
    bool gains_by_polling() const override { return gains; }
    void fire() {
      if (++fired == kFires) return reactor.stop();
      reactor.arm(timer, reactor.now_ns() + kMillisecond);
    }
    Reactor& reactor;
    Timer timer;
    uint32_t fired = 0;
    bool gains = false;
  };
  for (const bool gains : {false, true}) {
    auto port = open_port();
    Reactor reactor(*port, {.spin_ns = kSecond});
    Load load(reactor);
    load.gains = gains;
    reactor.add(load);
    load.fire();
    reactor.run();
    reactor.remove(load);
    if (gains) {
      EXPECT_EQ(reactor.counters().sleeps, 0u);
    } else {
      EXPECT_GT(reactor.counters().sleeps, kFires / 2);  // a thread that lost its processor meanwhile saves some
    }
  }
}

TEST(Reactor, AnotherThreadWakesItFromSleep) {
  for (const uint64_t spin_ns : {uint64_t{0}, 20 * kMicrosecond}) {
    auto port = open_port();
    Reactor reactor(*port, {.spin_ns = spin_ns});
    std::thread home([&] { reactor.run(); });
    int done = 0;
    for (int i = 0; i < 2000; ++i) run_on(reactor, [&] { ++done; });
    reactor.stop();
    home.join();
    EXPECT_EQ(done, 2000);
  }
}

TEST(Reactor, ManyThreadsPostWithoutLosingALetter) {
  struct Adder final : Letter {
    void deliver() override { ++*sum; }
    uint64_t* sum = nullptr;
  };
  constexpr int kThreads = 4;
  constexpr int kLetters = 5000;
  auto port = open_port();
  Reactor reactor(*port, {.spin_ns = 0});
  std::thread home([&] { reactor.run(); });
  uint64_t sum = 0;
  std::vector<Adder> letters(kThreads * kLetters);
  std::vector<std::thread> senders;
  for (int t = 0; t < kThreads; ++t) {
    senders.emplace_back([&, t] {
      for (int i = 0; i < kLetters; ++i) {
        Adder& letter = letters[static_cast<size_t>(t * kLetters + i)];
        letter.sum = &sum;
        reactor.post(letter);
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  run_on(reactor, [] {});  // delivered after all others
  reactor.stop();
  home.join();
  EXPECT_EQ(sum, uint64_t{kThreads} * kLetters);
}

}  // namespace
}  // namespace laneway
