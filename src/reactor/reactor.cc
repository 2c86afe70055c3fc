#include "reactor/reactor.h"

#include <utility>

namespace laneway {

namespace {

// Completions a turn dispatches at most, so that pollers and timers keep their share.
constexpr uint32_t kCompletionsPerTurn = 256;

// A single writer's statistic: plain add, atomic only so that other threads may read it.
void bump(std::atomic<uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// The reactor whose run() this thread is inside.
thread_local const Reactor* running_here = nullptr;

}  // namespace

Reactor::Reactor(KernelPort& kernel, const Options& options)
    : kernel_(kernel), now_ns_(kernel.clock().now_ns()), last_work_ns_(now_ns_), spin_(options.spin_ns) {}

Reactor::~Reactor() { LW_ASSERT(pollers_.empty() && dozing_.empty() && turn_ends_.empty()); }

bool Reactor::is_home() const { return running_here == this || !is_running_.load(std::memory_order_relaxed); }

void Reactor::post(Letter& letter) {
  mailbox_.post(letter);
  // Sequentially consistent with the store in sleep_until_work(): either this sees the sleeper, or the sleeper sees the
  // letter.
  if (is_asleep_.load(std::memory_order_seq_cst)) kernel_.wake();
}

void Reactor::stop() {
  is_stopping_.store(true, std::memory_order_seq_cst);
  kernel_.wake();
}

Reactor::Counters Reactor::counters() const {
  return {turns_.load(std::memory_order_relaxed), busy_turns_.load(std::memory_order_relaxed),
          sleeps_.load(std::memory_order_relaxed)};
}

bool Reactor::turn() {
  assert_home();
  return turn_at(kernel_.clock().now_ns());
}

bool Reactor::turn_at(uint64_t now_ns) {
  now_ns_ = now_ns;
  later_ns_ = 0;
  uint32_t work = mailbox_.empty() ? 0 : mailbox_.drain();
  work += kernel_.reap(kCompletionsPerTurn);
  work += poll_all();
  work += timers_.fire_due(now_ns_);
  run_turn_ends();
  if (kernel_.has_unflushed()) {
    kernel_.flush();
    later_ns_ = 0;  // the kernel took its time
  }
  bump(turns_);
  if (work == 0) return false;
  bump(busy_turns_);
  const bool has_slept = std::exchange(has_slept_, false);
  if (!std::exchange(has_rested_, false)) spin_.paused(now_ns_ - last_work_ns_, has_slept);
  last_work_ns_ = now_ns_;
  return true;
}

uint32_t Reactor::poll_all() {
  uint32_t count = 0;
  for (Poller* poller = pollers_.front(); poller != nullptr; poller = pollers_.next(*poller)) ++count;
  uint32_t work = 0;
  // Rotating the list keeps the loop sound when a poller removes itself or another one.
  for (; count > 0 && !pollers_.empty(); --count) {
    Poller& poller = *pollers_.pop_front();
    pollers_.push_back(poller);
    const uint32_t done = poller.poll(now_ns_);
    work += done;
    if (done == 0 && now_ns_ - poller.watch.last_work_ns < kDozeAfterNs) continue;
    poller.watch.last_work_ns = now_ns_;
    if (done == 0 && poller.is_linked() && poller.doze()) begin_doze(poller);
  }
  return work;
}

bool Reactor::gains_by_polling() {
  for (Poller* poller = pollers_.front(); poller != nullptr; poller = pollers_.next(*poller)) {
    if (poller->gains_by_polling()) return true;
  }
  return pollers_.empty();
}

void Reactor::begin_doze(Poller& poller) {
  poller.unlink();
  poller.watch.is_dozing = true;
  dozing_.push_back(poller);
}

void Reactor::end_doze(Poller& poller) {
  poller.unlink();
  poller.watch.is_dozing = false;
  poller.watch.last_work_ns = now_ns_;
  pollers_.push_back(poller);
  poller.disarm_wake_up();
}

void Reactor::run_turn_ends() {
  // A hook may enlist another one, once: what is gathered after that waits for the next turn.
  constexpr uint32_t kHooksPerTurn = 1u << 16;
  for (uint32_t i = 0; i < kHooksPerTurn && !turn_ends_.empty(); ++i) turn_ends_.pop_front()->end_turn(now_ns_);
}

void Reactor::sleep_until_work() {
  assert_home();
  is_asleep_.store(true, std::memory_order_seq_cst);
  bool is_quiet = mailbox_.empty() && turn_ends_.empty() && !is_stopping_.load(std::memory_order_seq_cst);
  for (Poller* poller = pollers_.front(); poller != nullptr; poller = pollers_.next(*poller)) {
    if (!poller->arm_wake_up()) is_quiet = false;
  }
  if (is_quiet) {
    bump(sleeps_);
    has_slept_ = true;
    kernel_.sleep(timers_.next_deadline_ns());
  }
  for (Poller* poller = pollers_.front(); poller != nullptr; poller = pollers_.next(*poller)) poller->disarm_wake_up();
  is_asleep_.store(false, std::memory_order_relaxed);
}

void Reactor::run() {
  running_here = this;
  is_running_.store(true, std::memory_order_relaxed);
  assert_home();
  later_ns_ = 0;
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    // A turn begins where the one before it ended: one look at the clock does for both.
    if (turn_at(later_ns_ != 0 ? later_ns_ : kernel_.clock().now_ns())) continue;
    const bool gains = gains_by_polling();
    if (gains && now_ns_ - last_work_ns_ < spin_.window_ns()) continue;
    has_rested_ |= !gains;
    sleep_until_work();
    later_ns_ = 0;
  }
  is_running_.store(false, std::memory_order_relaxed);
  running_here = nullptr;
}

}  // namespace laneway
