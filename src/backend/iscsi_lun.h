#pragma once
// IscsiLun is what all parts of one function share about its logical unit: where it is, who it must be, how large it is
// now, and whether commands of an earlier session may still be alive. Owned by an IscsiDevice, outlives its queues. Any
// thread.

#include <atomic>
#include <bitset>
#include <string>

#include "backend/cache_ledger.h"
#include "backend/guarded.h"
#include "backend/iscsi_siblings.h"
#include "backend/iscsi_target.h"
#include "backend/lun_facts.h"
#include "backend/lun_health.h"
#include "backend/watcher_slot.h"

namespace laneway {

class IscsiLun {
 public:
  // `has_predecessor`: an earlier engine may have left writes under way, so the first login fences.
  IscsiLun(IscsiTarget& target, std::string function, LunFacts facts, bool has_predecessor)
      : target_(target),
        function_(std::move(function)),
        number_(facts.lun),
        health_(fmt::format("function {}: LUN {} of target {}", function_, number_, target.settings().name)),
        facts_(std::move(facts)),
        needs_fence_(has_predecessor) {}

  IscsiTarget& target() const { return target_; }
  const std::string& function() const { return function_; }
  uint32_t number() const { return number_; }
  std::string describe() const;
  WatcherSlot& watcher() { return watcher_; }
  CacheLedger& cache() { return cache_; }
  LunHealth& health() { return health_; }
  const LunHealth& health() const { return health_; }
  IscsiSiblings& siblings() { return siblings_; }

  LunFacts facts() const { return facts_.copy(); }
  // Takes over what the LUN says now. False, and nothing taken, where it is another disk or has other sectors.
  bool accept(const LunFacts& now);

  // The number of a new queue of the function: the lowest free one, so that the same session identifiers come again.
  uint32_t take_queue_number();
  void give_back_queue_number(uint32_t number);

  bool needs_fence() const { return needs_fence_.load(std::memory_order_relaxed); }
  void require_fence() { needs_fence_.store(true, std::memory_order_relaxed); }
  void fence_stands() { needs_fence_.store(false, std::memory_order_relaxed); }

 private:
  // Fixed after construction
  IscsiTarget& target_;
  const std::string function_;
  const uint32_t number_;
  // Any thread
  LunHealth health_;
  Guarded<LunFacts> facts_;
  Guarded<std::bitset<256>> queue_numbers_;  // taken
  WatcherSlot watcher_;
  CacheLedger cache_;
  IscsiSiblings siblings_;
  std::atomic<bool> needs_fence_;
};

}  // namespace laneway
