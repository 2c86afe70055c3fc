#pragma once
// RunControl is what the threads of one load run share: which phase it is in, and the first failure. The main thread
// moves the phase; any thread may fail the run. Owned by run_load().

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/result.h"

namespace laneway {

enum class RunPhase : uint8_t {
  warm_up,  // load, nothing is counted
  measure,  // load, everything is counted
  drain,    // no new load; what is in flight ends; verify mode reads back
  abort,    // leave at once
};

class RunControl {
 public:
  // Relaxed: a phase may be seen a turn late, and nothing else is published with it.
  RunPhase phase() const { return phase_.load(std::memory_order_relaxed); }
  void set_phase(RunPhase phase) {
    const std::lock_guard lock(mutex_);
    if (!failure_) phase_.store(phase, std::memory_order_relaxed);
  }
  // The first failure is kept; the phase becomes abort for good.
  void fail_with(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
    phase_.store(RunPhase::abort, std::memory_order_relaxed);
  }
  std::optional<Error> failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  // Any thread (atomic)
  std::atomic<RunPhase> phase_{RunPhase::warm_up};
  // Under the mutex
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace laneway
