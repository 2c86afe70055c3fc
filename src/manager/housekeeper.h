#pragma once
// Housekeeper does what is due now and then: events into the store, the host's and adapters' state into the catalog,
// tokens that expire. A thread of its own, since files and disks may hang. Owned by the daemon.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "manager/catalog.h"
#include "manager/engine_reconciler.h"
#include "manager/event_book.h"
#include "manager/host_facts.h"
#include "manager/machine_watch.h"

namespace laneway {

class Housekeeper {
 public:
  struct Parts {
    Store& store;
    Catalog& catalog;
    EventBook& events;
    const EngineReconciler& reconciler;
    MachineWatch& machines;
    WallClock& clock;
    HostRoots roots;
  };
  static constexpr uint64_t kEveryMs = 1'000;
  static constexpr uint32_t kAdaptersEvery = 10;  // turns

  explicit Housekeeper(const Parts& parts) : parts_(parts) {}
  // Writes what is left of the events.
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  // All that is due, once.
  void turn();

 private:
  void run();
  void look_at_tokens();

  // Fixed after construction
  const Parts parts_;
  std::thread thread_;
  // Its thread
  uint32_t turns_ = 0;
  bool is_store_well_ = true;
  // Any thread, under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;
};

}  // namespace laneway
