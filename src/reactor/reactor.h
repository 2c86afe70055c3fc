#pragma once
// Reactor is one thread of the engine: a loop over its mailbox, kernel completions, pollers and timers that polls while
// there is work and a bounded time after, then sleeps. Everything a reactor owns is touched on it alone; other threads
// reach it through post(). The creator owns the Reactor and, in production, runs run() on a thread of its own; tests
// and the simulator call turn().
//
// A turn: drain mailbox, reap completions, poll, fire timers, run turn-end hooks, flush once.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/intrusive_list.h"
#include "base/thread_annotations.h"
#include "reactor/kernel_port.h"
#include "reactor/mailbox.h"
#include "reactor/spin_budget.h"
#include "reactor/timer_queue.h"

namespace laneway {

// Something that is looked at every turn: a set of rings, a queue.
class Poller : public ListNode<Poller> {
 public:
  // Does a bounded amount of work and returns how much; 0 where there was none. May leave the reactor meanwhile, but
  // must live until it has returned.
  virtual uint32_t poll(uint64_t now_ns) = 0;
  // Before a sleep: arranges to be woken, then looks again. False where work is there, and the sleep is called off.
  virtual bool arm_wake_up() { return true; }
  // After a sleep, or one called off: back to polling.
  virtual void disarm_wake_up() {}
  // False while what it waits for comes at a time that it knows: to look for it sooner is of no use.
  virtual bool gains_by_polling() const { return true; }
  // Asked for this poller alone, after it had no work for a while: true where it has armed its wake-up, and only an
  // event that ends in Reactor::rouse() can bring work again. It is not polled until then.
  virtual bool doze() { return false; }

  // The reactor's own.
  struct Watch {
    uint64_t last_work_ns = 0;
    bool is_dozing = false;
  };
  Watch watch;

 protected:
  ~Poller() = default;
};

// Work that is gathered over a turn and done once at its end: one send, one interrupt. Enlisted again every time.
class TurnEnd : public ListNode<TurnEnd> {
 public:
  virtual void end_turn(uint64_t now_ns) = 0;

 protected:
  ~TurnEnd() = default;
};

class LW_CAPABILITY("reactor") Reactor {
 public:
  struct Options {
    uint64_t spin_ns = 20 * kMicrosecond;  // how long to poll on after the last work at most; 0 sleeps at once
  };
  // A poller without work for this long may doze: what it costs to look at it meanwhile is about one wake-up.
  static constexpr uint64_t kDozeAfterNs = 100 * kMicrosecond;

  struct Counters {
    uint64_t turns = 0;
    uint64_t busy_turns = 0;
    uint64_t sleeps = 0;
  };

  Reactor(KernelPort& kernel, const Options& options);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor();

  // Any thread. The letter is delivered on this reactor. After stop() it is delivered only if run() is called again.
  void post(Letter& letter);
  // Any thread. run() returns after the current turn.
  void stop();
  // Any thread, approximate.
  Counters counters() const;

  // Home reactor only, all below. The home is the thread inside run(); while nobody is, it is whoever calls turn().
  void assert_home() const LW_ASSERT_CAPABILITY(this) { LW_ASSERT(is_home()); }
  KernelPort& kernel() { return kernel_; }
  uint64_t now_ns() const {  // of the current turn
    assert_home();
    return now_ns_;
  }
  // The time now, later than now_ns(): what ends in this turn ended by then. At most one look at the clock a turn.
  uint64_t later_ns() {
    assert_home();
    if (later_ns_ == 0) later_ns_ = kernel_.clock().now_ns();
    return later_ns_;
  }
  void add(Poller& poller) {
    assert_home();
    poller.watch.last_work_ns = now_ns_;
    poller.watch.is_dozing = false;
    pollers_.push_back(poller);
  }
  void remove(Poller& poller) {
    assert_home();
    poller.unlink();
    poller.watch.is_dozing = false;
  }
  // Something happened that may bring `poller` work: it is polled again.
  void rouse(Poller& poller) {
    assert_home();
    if (poller.watch.is_dozing) end_doze(poller);
  }
  void arm(Timer& timer, uint64_t deadline_ns) {
    assert_home();
    timers_.arm(timer, deadline_ns);
  }
  void cancel(Timer& timer) {
    assert_home();
    timers_.cancel(timer);
  }
  // Enlists `hook` for the end of this turn; nothing where it is enlisted already.
  void at_turn_end(TurnEnd& hook) {
    assert_home();
    if (!hook.is_linked()) turn_ends_.push_back(hook);
  }

  // One turn without sleeping; true where there was work.
  bool turn();
  // Sleeps until there may be work; returns at once where a poller already has some.
  void sleep_until_work();
  // Turns and sleeps until stop().
  void run();

 private:
  bool is_home() const;
  bool turn_at(uint64_t now_ns) LW_REQUIRES(this);
  uint32_t poll_all() LW_REQUIRES(this);
  bool gains_by_polling() LW_REQUIRES(this);
  void begin_doze(Poller& poller) LW_REQUIRES(this);
  void end_doze(Poller& poller) LW_REQUIRES(this);
  void run_turn_ends() LW_REQUIRES(this);

  // Fixed after construction
  KernelPort& kernel_;

  // Home reactor only
  TimerQueue timers_ LW_GUARDED_BY(this);
  IntrusiveList<Poller, Poller> pollers_ LW_GUARDED_BY(this);
  IntrusiveList<Poller, Poller> dozing_ LW_GUARDED_BY(this);
  IntrusiveList<TurnEnd, TurnEnd> turn_ends_ LW_GUARDED_BY(this);
  uint64_t now_ns_ LW_GUARDED_BY(this) = 0;
  uint64_t later_ns_ LW_GUARDED_BY(this) = 0;  // 0: not asked for in this turn
  uint64_t last_work_ns_ LW_GUARDED_BY(this) = 0;
  bool has_slept_ LW_GUARDED_BY(this) = false;   // since the last work
  bool has_rested_ LW_GUARDED_BY(this) = false;  // since the last work: slept where polling could have gained nothing
  SpinBudget spin_ LW_GUARDED_BY(this);

  // Any thread (atomic)
  Mailbox mailbox_;
  std::atomic<bool> is_asleep_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_running_{false};  // some thread is inside run()
  std::atomic<uint64_t> turns_{0};
  std::atomic<uint64_t> busy_turns_{0};
  std::atomic<uint64_t> sleeps_{0};
};

// Runs `work` on `reactor` and waits for its end: for control threads, never from a reactor.
template <typename Work>
void run_on(Reactor& reactor, Work work) {
  struct Errand final : Letter {
    explicit Errand(Work& to_do) : work(to_do) {}
    void deliver() override {
      work();
      // Told under the lock: the waiter destroys this object as soon as it has seen the end.
      const std::lock_guard lock(mutex);
      is_done = true;
      changed.notify_one();
    }
    Work& work;
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;
  };
  Errand errand(work);
  reactor.post(errand);
  std::unique_lock lock(errand.mutex);
  errand.changed.wait(lock, [&] { return errand.is_done; });
}

}  // namespace laneway
