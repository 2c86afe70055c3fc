#pragma once
// PathLegs are one queue's legs, one a path of its function, and the choice of the leg that carries the next request:
// among the legs that are ready, those of the best kind, by the function's policy. Owned by an IscsiQueue; home reactor
// only.

#include <algorithm>
#include <memory>
#include <vector>

#include "backend/multipath_leg.h"

namespace laneway {

class PathLegs {
 public:
  PathLegs(Reactor& reactor, IscsiLun& lun, uint32_t queue_number, PathLegOwner& owner);

  // A leg for every path that has none. Fails where a leg's session identifier is taken; the others are there.
  Result<void> take_up_paths();
  // Destroys the legs whose path is leaving and whose link is idle.
  void drop_left();
  // What may carry requests now; to be called when a leg's link, its path or the rules changed. kNever, or when to call
  // it again.
  uint64_t refresh(uint64_t now_ns);

  bool is_ready() const { return !active_.empty(); }
  // Only where is_ready().
  PathLeg& choose() { return active_.size() == 1 ? *active_.front() : choose_among(); }
  bool is_active(const PathLeg& leg) const { return std::find(active_.begin(), active_.end(), &leg) != active_.end(); }
  void pump() {
    for (PathLeg* leg : active_) leg->link().pump();
  }
  Patience patience() const;

  const std::vector<std::unique_ptr<PathLeg>>& all() const { return legs_; }
  PathLeg& first() { return *legs_.front(); }
  bool is_only_one() const { return legs_.size() == 1; }
  bool are_idle() const {
    return std::all_of(legs_.begin(), legs_.end(), [](const auto& leg) { return leg->link().is_idle(); });
  }
  bool are_all_refusing() const {
    return std::all_of(legs_.begin(), legs_.end(), [](const auto& leg) { return leg->link().is_refusing(); });
  }
  bool measures_time() const { return measures_time_; }
  void note_end(PathLeg& leg, uint64_t latency_ns);

 private:
  static bool is_usable(const PathLeg& leg);
  PathLeg& choose_among();

  // Fixed after construction
  Reactor& reactor_;
  IscsiLun& lun_;
  const uint32_t queue_number_;
  PathLegOwner& owner_;

  // Home reactor only
  std::vector<std::unique_ptr<PathLeg>> legs_;  // by the path's number
  std::vector<PathLeg*> active_;
  PathRules rules_;
  size_t next_ = 0;  // round robin
  bool measures_time_ = false;
};

}  // namespace laneway
