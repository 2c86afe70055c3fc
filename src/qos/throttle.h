#pragma once
// Throttle is what limits one function, whatever reactors its queues are on: the plan that all of them follow. A change
// publishes a new plan; queues move over to it by themselves, and the old one is freed when the last has left it. Owned
// by the engine, outlives the function's queues.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "qos/limits.h"
#include "qos/pace_set.h"
#include "qos/throttle_group.h"

namespace laneway {

// What a request has to satisfy: first its function's paces, then its group's, which the minimum gets around.
struct ThrottlePlan {
  PaceSet* own = nullptr;
  PaceSet* group = nullptr;
  PaceSet* minimum = nullptr;  // only beside `group`
  bool splits_directions() const {
    return (own != nullptr && own->splits_directions()) || (group != nullptr && group->splits_directions());
  }

  // Queues that follow it. Any thread (atomic).
  std::atomic<uint32_t> queues{0};
};

class Throttle {
 public:
  struct Counters {
    uint64_t waiting = 0;  // requests that wait now
    uint64_t held = 0;     // that had to wait, since the throttle was made
    uint64_t held_ns = 0;  // for how long in all
  };

  Throttle() = default;
  Throttle(const Throttle&) = delete;
  Throttle& operator=(const Throttle&) = delete;
  // Only after its queues are gone.
  ~Throttle();

  // Control threads, under their owner's lock.
  // From now on these limits, in this group (null: none), count. The first ones begin with their bursts saved, later
  // ones with what was saved before. Also after the group's limits changed.
  void set(const QosLimits& limits, const ThrottleGroup* group, uint64_t now_ns);
  // Frees plans that no queue follows any more. Only when every reactor has delivered a letter since the last set(): a
  // queue that was just looking at an old plan has done so by then.
  void collect();

  // Any thread.
  // Null where nothing is limited. Acquire: pairs with the release in set().
  ThrottlePlan* plan() const { return plan_.load(std::memory_order_acquire); }
  Counters counters() const;

  // Queues, on their reactors: so many more wait now (modulo 2^64: fewer), one was let go after it was held.
  void count_waiting(uint64_t more) { waiting_.fetch_add(more, std::memory_order_relaxed); }
  void count_held(uint64_t held_ns);

 private:
  PaceSet* renew(const QosLimits& limits, PaceSet* before, uint64_t now_ns);
  void retire(const ThrottlePlan& plan);

  // Control threads, under their owner's lock
  QosLimits limits_;
  bool is_new_ = true;
  PaceSet* own_ = nullptr;
  PaceSet* minimum_ = nullptr;
  std::vector<std::unique_ptr<PaceSet>> sets_;
  std::vector<std::unique_ptr<ThrottlePlan>> plans_;

  // Any thread (atomic)
  std::atomic<ThrottlePlan*> plan_{nullptr};
  std::atomic<uint64_t> waiting_{0};
  std::atomic<uint64_t> held_{0};
  std::atomic<uint64_t> held_ns_{0};
};

}  // namespace laneway
