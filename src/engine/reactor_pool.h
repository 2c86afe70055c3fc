#pragma once
// ReactorPool runs the engine's reactors, each on a thread of its own with its io_uring. Those with a number do I/O,
// each with a pool of request slots; they come and go at run time. One more, the control reactor, is home to every
// function's connection, to discovery and to probes, so that none of that takes time from I/O. Owned by the engine;
// made and destroyed by main's thread; the rest: control threads, any number at once.

#include <pthread.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "frontend/request_pool.h"
#include "reactor/reactor.h"
#include "reactor/uring_port.h"

namespace laneway {

struct ReactorReport {
  uint32_t index = 0;
  std::optional<uint32_t> cpu;  // nothing: not pinned
  Reactor::Counters counters;
  uint64_t cpu_time_ns = 0;
  uint32_t functions = 0;
};

class ReactorPool {
 public:
  struct Options {
    uint32_t count = 1;
    std::vector<uint32_t> cpus;  // reactor i runs on cpus[i]; empty: not pinned
    uint64_t spin_ns = 20 * kMicrosecond;
  };
  static constexpr uint32_t kCountMax = 256;

  // Starts the threads. Refuses a CPU that this process may not run on.
  static Result<std::unique_ptr<ReactorPool>> open(const Options& options);
  // Only when everything that lives on the reactors is gone.
  ~ReactorPool();
  ReactorPool(const ReactorPool&) = delete;
  ReactorPool& operator=(const ReactorPool&) = delete;

  Reactor& control() { return control_->reactor; }

  // Starts one more, with the lowest free number.
  Result<ReactorReport> add(std::optional<uint32_t> cpu);
  // In two steps, for what is on it to go in between: a retired reactor is joined by nobody, and is removed when
  // nothing is on it any more, or reinstated. Refuses one that there is not, and the last one.
  Result<void> retire(uint32_t index);
  void reinstate(uint32_t index);
  Result<void> remove(uint32_t index);

  // A function that is to be on reactors joins each once, and leaves it when nothing of it is there any more.
  Result<void> join(uint32_t index);
  // Joins those with the fewest functions, `wanted` at most, one at least.
  std::vector<uint32_t> join_least_loaded(uint32_t wanted);
  void leave(uint32_t index);
  // Of a reactor that the caller has joined.
  RequestPool& requests(uint32_t index);

  std::vector<ReactorReport> report() const;
  // When it returns every reactor has begun a turn.
  void wait_for_turns();

 private:
  // A reactor and its thread, ended in this order.
  struct Runner {
    Runner(std::unique_ptr<UringPort> uring, uint64_t spin_ns, std::string thread_name)
        : name(std::move(thread_name)), port(std::move(uring)), reactor(*port, Reactor::Options{.spin_ns = spin_ns}) {}
    ~Runner();
    // 0, or an errno: a host may allow no more threads.
    int begin();
    const std::string name;  // of the thread
    std::unique_ptr<UringPort> port;
    Reactor reactor;
    std::optional<pthread_t> thread;
  };
  struct Lane {
    explicit Lane(std::unique_ptr<Runner> its_runner) : runner(std::move(its_runner)), requests(runner->reactor) {}
    std::unique_ptr<Runner> runner;
    RequestPool requests;
    std::optional<uint32_t> cpu;
    uint32_t functions = 0;
    bool is_retired = false;
  };

  explicit ReactorPool(uint64_t spin_ns) : spin_ns_(spin_ns) {}
  static Result<std::unique_ptr<Runner>> start(const std::string& name, uint64_t spin_ns, std::optional<uint32_t> cpu);
  static ReactorReport report_of(uint32_t index, const Lane& lane);
  // With mutex_ held; null where there is none.
  Lane* find(uint32_t index);

  // Fixed after construction
  const uint64_t spin_ns_;
  std::unique_ptr<Runner> control_;

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // by number; null: removed
};

}  // namespace laneway
