#pragma once
// Watchdog is a process's promise to its service manager (WatchdogSec= of its unit): it says that it is well before the
// time that it was given is over, or it is ended and started anew. Owned by the thread whose health it tells of.

#include <cstdint>

#include "base/service_manager.h"
#include "base/units.h"

namespace laneway {

class Watchdog {
 public:
  // 0: nobody waits for it.
  explicit Watchdog(uint64_t limit_ns) : limit_ns_(limit_ns) {}
  // Of $WATCHDOG_USEC and $WATCHDOG_PID, which are taken out of the environment.
  static Watchdog of_environment();

  // When the next word is due; kNever: never.
  uint64_t due_ns() const { return due_ns_; }
  // Says it where it is due; again soon where the manager is busy.
  void tell_if_due(ServiceManager& manager, uint64_t now_ns);
  // All is not well: nothing is said, and it is looked at again soon.
  void postpone(uint64_t now_ns);

 private:
  const uint64_t limit_ns_;
  uint64_t due_ns_ = limit_ns_ == 0 ? kNever : 0;
};

}  // namespace laneway
