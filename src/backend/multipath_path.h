#pragma once
// LunPath is one way to a function's LUN that all queues of the function share: the target and LUN number, the portals
// it goes over, and what the operator and the target say about it. Owned by the LunPaths of the function; its target
// outlives it. Any thread.

#include <atomic>
#include <cstdint>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "backend/guarded.h"
#include "backend/iscsi_target.h"

namespace laneway {

struct LunPathOptions {
  uint32_t id = 0;  // of the function, never used again; the session identifiers derive from it
  uint32_t lun = 0;
  std::optional<IscsiPortal> portal;  // none: those of the target, in turn
  bool is_preferred = false;
  bool is_out = false;  // an operator took it out
};

class LunPath {
 public:
  LunPath(IscsiTarget& target, const LunPathOptions& options);
  LunPath(const LunPath&) = delete;
  LunPath& operator=(const LunPath&) = delete;
  ~LunPath();

  uint32_t id() const { return options_.id; }
  IscsiTarget& target() const { return target_; }
  uint32_t number() const { return options_.lun; }
  const std::optional<IscsiPortal>& portal() const { return options_.portal; }
  bool is_preferred() const { return options_.is_preferred; }
  std::string describe() const;
  // Both paths lead to one logical unit with one task set, so that a reset over either ends the tasks of both: one
  // target's LUN. Two targets may have a disk each behind one designator.
  bool is_same_unit(const LunPath& other) const;

  // Control threads only: may block. The addresses of a portal of its own; the target's are the target's to find.
  Result<void> resolve();
  std::vector<SocketAddress> addresses() const;

  bool is_out() const { return is_out_.load(std::memory_order_relaxed); }
  void set_out(bool is_out) { is_out_.store(is_out, std::memory_order_relaxed); }
  // Rises whenever an operator wants a try at once.
  uint32_t retries() const { return retries_.load(std::memory_order_relaxed); }
  void retry() { retries_.fetch_add(1, std::memory_order_relaxed); }

  // The queues' legs on it. Once leave() was told no new one joins; the last one that goes wakes await_empty().
  bool join();
  void part();
  void leave();
  bool is_leaving() const;
  // A control thread. False where legs are on it still after that time.
  bool await_empty(uint64_t timeout_ns);

 private:
  struct Users {
    uint32_t count = 0;
    bool is_leaving = false;
  };

  // Fixed after construction
  IscsiTarget& target_;
  const LunPathOptions options_;
  // Any thread
  Guarded<std::vector<SocketAddress>> addresses_;
  std::atomic<bool> is_out_;
  std::atomic<uint32_t> retries_{0};
  Guarded<Users> users_;
  std::binary_semaphore is_empty_{0};
};

}  // namespace laneway
