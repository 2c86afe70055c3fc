#pragma once
// TestBench is one reactor that the test's own thread turns, on a real io_uring or on a kernel port of the test's, with
// the queues of disks polled on it. Every wait has a limit, after which the test fails instead of hanging. One thread.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "block/block.h"
#include "reactor/reactor.h"
#include "reactor/uring_port.h"

namespace laneway {

class TestBench {
 public:
  static constexpr uint64_t kPatienceNs = 60 * kSecond;

  TestBench();                             // on an io_uring of its own
  explicit TestBench(KernelPort& kernel);  // on the test's, which outlives it
  ~TestBench();

  Reactor& reactor() { return *reactor_; }
  uint64_t now_ns() { return reactor_->kernel().clock().now_ns(); }

  // Opens a queue that is polled every turn; close() drains and destroys it.
  BlockQueue& open_queue(BlockDevice& device);
  void close(BlockQueue& queue);
  void close_all();

  // Turns until the condition holds; false where that took longer than the limit.
  template <typename Condition>
  bool turn_until(Condition condition, uint64_t limit_ns = kPatienceNs) {
    const uint64_t end_ns = now_ns() + limit_ns;
    reactor_->arm(alarm_, end_ns);
    while (!condition() && now_ns() < end_ns) {
      if (!reactor_->turn() && !condition()) reactor_->sleep_until_work();
    }
    reactor_->cancel(alarm_);
    return condition();
  }
  // Turns for a while, for tests that something does not happen.
  void turn_for(uint64_t duration_ns) {
    turn_until([] { return false; }, duration_ns);
  }

 private:
  struct QueuePoller final : Poller {
    explicit QueuePoller(std::unique_ptr<BlockQueue> to_poll) : queue(std::move(to_poll)) {}
    ~QueuePoller() = default;
    uint32_t poll(uint64_t now_ns) override { return queue->poll(now_ns); }
    bool arm_wake_up() override { return !queue->wants_poll(); }
    std::unique_ptr<BlockQueue> queue;
  };
  void ring() {}

  std::unique_ptr<UringPort> own_port_;
  std::unique_ptr<Reactor> reactor_;
  Timer alarm_;
  std::vector<std::unique_ptr<QueuePoller>> pollers_;
};

}  // namespace laneway
