#pragma once
// LoadWorker is one thread of a load run and the queues that it drives: it polls their rings without a system call, or
// sleeps on their call descriptors as a guest's driver does. The run makes it, starts it and joins it.

#include <cstdint>
#include <thread>
#include <vector>

#include "loadgen/queue_runner.h"
#include "loadgen/run_control.h"

namespace laneway {

class LoadWorker {
 public:
  struct Options {
    bool is_sleeping = false;
    int cpu = -1;  // -1: anywhere
  };

  LoadWorker(const Options& options, RunControl& control) : options_(options), control_(control) {}
  ~LoadWorker();

  // Before start().
  void add(QueueRunner& runner) { runners_.push_back(&runner); }
  void start();
  // Any thread.
  bool has_begun() const { return has_begun_.load(std::memory_order_relaxed); }
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }
  void wake();
  // After has_ended().
  uint64_t cpu_ns() const { return cpu_ns_; }  // of the measured time
  uint64_t sleeps() const { return sleeps_; }

 private:
  void run();
  void enter(RunPhase phase);
  bool turn_all(bool may_submit);
  bool is_finished();
  void sleep_until_called();
  void wait_for_calls(uint64_t deadline_ns);

  // Fixed after construction
  const Options options_;
  RunControl& control_;
  std::vector<QueueRunner*> runners_;

  // Worker's thread only
  RunPhase seen_ = RunPhase::warm_up;
  bool is_reading_back_ = false;
  uint64_t cpu_begin_ns_ = 0;
  uint64_t cpu_ns_ = 0;
  uint64_t sleeps_ = 0;

  // Any thread (atomic)
  std::atomic<bool> has_begun_{false};  // the load is on; a machine in use may start a thread late
  std::atomic<bool> has_ended_{false};  // release: what the thread wrote is read after it was seen
  std::thread thread_;
};

}  // namespace laneway
