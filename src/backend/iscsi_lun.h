#pragma once
// IscsiLun is what all parts of one function share about its logical unit: the paths to it, who it must be, how large
// it is now, and whether commands of an earlier session may still be alive. Owned by an IscsiDevice, outlives its
// queues. Any thread.

#include <bitset>
#include <string>

#include "backend/cache_ledger.h"
#include "backend/guarded.h"
#include "backend/iscsi_siblings.h"
#include "backend/lun_facts.h"
#include "backend/lun_health.h"
#include "backend/multipath_debt.h"
#include "backend/multipath_paths.h"
#include "backend/watcher_slot.h"

namespace laneway {

class IscsiLun {
 public:
  // Without a path; one is added before the first queue opens.
  IscsiLun(std::string function, LunFacts facts)
      : function_(std::move(function)),
        health_(fmt::format("function {}: LUN {}", function_, facts.lun)),
        facts_(std::move(facts)) {}

  LunPaths& paths() { return paths_; }
  const LunPaths& paths() const { return paths_; }
  const std::string& function() const { return function_; }
  std::string describe() const;
  WatcherSlot& watcher() { return watcher_; }
  CacheLedger& cache() { return cache_; }
  LunHealth& health() { return health_; }
  const LunHealth& health() const { return health_; }
  IscsiSiblings& siblings() { return siblings_; }

  LunFacts facts() const { return facts_.copy(); }
  // Takes over what the LUN says now. False, and nothing taken, where it is another disk or has other sectors.
  bool accept(const LunFacts& now);
  // The same where only the identity could be learned.
  bool is_identity(const std::string& identity) const {
    return facts_.with([&identity](const LunFacts& known) { return known.identity == identity; });
  }

  // The number of a new queue of the function: the lowest free one, so that the same session identifiers come again.
  uint32_t take_queue_number();
  void give_back_queue_number(uint32_t number);

  // While something is due nothing is sent.
  FenceDebt& debt() { return debt_; }
  const FenceDebt& debt() const { return debt_; }

 private:
  // Fixed after construction
  const std::string function_;
  // Any thread
  LunHealth health_;
  LunPaths paths_;
  FenceDebt debt_;
  Guarded<LunFacts> facts_;
  Guarded<std::bitset<256>> queue_numbers_;  // taken
  WatcherSlot watcher_;
  CacheLedger cache_;
  IscsiSiblings siblings_;
};

}  // namespace laneway
