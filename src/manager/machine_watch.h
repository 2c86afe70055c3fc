#pragma once
// MachineWatch keeps the catalog's machines as the hypervisor has them: a thread looks whenever the hypervisor tells of
// a change, and now and then. Where the hypervisor is away or hangs, that is what is shown, and nothing waits for it.
// Owned by the daemon.

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/units.h"
#include "hypervisor/hypervisor.h"
#include "manager/catalog.h"
#include "manager/event_book.h"
#include "manager/machine_fit.h"

namespace laneway {

class MachineWatch {
 public:
  static constexpr uint64_t kLookEveryNs = 5 * kSecond;  // besides what the hypervisor tells
  static constexpr uint64_t kLookDownNs = 2 * kSecond;   // while it is away
  static constexpr uint64_t kPatienceNs = 4 * kSecond;   // a look that takes longer hangs

  struct Parts {
    Hypervisor* hypervisor = nullptr;  // null: lanewayd was started without one
    Catalog& catalog;
    EventBook& events;
    Clock& clock;
    HostLimits limits = {};
  };
  explicit MachineWatch(const Parts& parts) : parts_(parts) {}
  // Waits for the look under way.
  ~MachineWatch();
  MachineWatch(const MachineWatch&) = delete;
  MachineWatch& operator=(const MachineWatch&) = delete;

  void start();
  // One look without the thread. Tests.
  void turn();
  // Something was done to a machine. Any thread, never blocks.
  void wake();
  // Returns when a look that begins from now on has ended, or does not end soon. A job's thread.
  void catch_up();
  // Tells of a look that hangs. Another thread than the looking one, now and then.
  void check_pulse();
  // The host's parts "libvirt" and "machines". Any thread.
  Json libvirt_part() const;
  Json machines_part() const;

 private:
  void run();
  void publish(const HypervisorFacts& facts);
  void publish_absence(const std::string& reason);
  void tell_of_hypervisor(bool is_up, const std::string& text);
  void tell_of_machines(const HypervisorFacts& facts);

  // Fixed after construction
  const Parts parts_;
  std::thread thread_;

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  bool is_stopping_ = false;
  bool is_up_ = false;
  bool is_told_ = false;  // the event of was_up_
  bool was_up_ = false;
  bool has_looked_ = false;
  std::map<std::string, MachinePower, std::less<>> powers_;  // by name, as told of
  uint64_t look_began_ns_ = 0;                               // 0: none is under way
  uint64_t looks_begun_ = 0;
  uint64_t last_look_ = 0;  // that ended
  std::condition_variable looked_;
  std::string reason_ = "Libvirt was not asked yet.";
  std::string version_;
  std::string uri_;
};

}  // namespace laneway
