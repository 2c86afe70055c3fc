#pragma once
// ReactorPool runs the engine's reactors, each on a pinned thread of its own with its io_uring and its pool of request
// slots. Owned by the engine; made and destroyed by main's thread; the rest: control threads, any number at once.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
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

  // The reactor with the fewest functions, counting one more on it from now on until leave().
  uint32_t join_least_loaded();
  void leave(uint32_t index);

  uint32_t count() const { return static_cast<uint32_t>(lanes_.size()); }
  Reactor& reactor(uint32_t index) { return lanes_[index]->reactor; }
  RequestPool& requests(uint32_t index) { return lanes_[index]->requests; }
  std::vector<ReactorReport> report() const;

 private:
  struct Lane {
    Lane(std::unique_ptr<UringPort> uring, uint64_t spin_ns)
        : port(std::move(uring)), reactor(*port, Reactor::Options{.spin_ns = spin_ns}), requests(reactor) {}
    std::unique_ptr<UringPort> port;
    Reactor reactor;
    RequestPool requests;
    std::optional<uint32_t> cpu;
    std::thread thread;
    std::atomic<uint32_t> functions{0};
  };

  ReactorPool() = default;
  static Result<void> pin(Lane& lane);

  // Fixed after construction
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace laneway
