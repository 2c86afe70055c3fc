#include "backend/multipath_legs.h"

namespace laneway {

namespace {

// Lower is better: what the array says before what the operator prefers.
uint32_t rank_of(const PathLeg& leg) {
  const uint32_t access = leg.access.state == scsi::AccessState::optimized ? 0 : 2;
  return access + (leg.path().is_preferred() ? 0 : 1);
}

}  // namespace

PathLegs::PathLegs(Reactor& reactor, IscsiLun& lun, uint32_t queue_number, PathLegOwner& owner)
    : reactor_(reactor), lun_(lun), queue_number_(queue_number), owner_(owner), rules_(lun.paths().rules()) {}

Result<void> PathLegs::take_up_paths() {
  std::vector<LunPath*> known;
  known.reserve(legs_.size());
  for (const auto& leg : legs_) known.push_back(&leg->path());
  Result<void> outcome;
  for (LunPath* path : lun_.paths().join_new(known)) {
    auto leg = std::make_unique<PathLeg>(reactor_, lun_, *path, queue_number_, owner_);
    auto enlisted = path->target().enlist(leg->meter());
    leg->is_enlisted = enlisted.has_value();
    if (!enlisted) outcome = std::move(enlisted);
    const auto place =
        std::find_if(legs_.begin(), legs_.end(), [path](const auto& other) { return other->path().id() > path->id(); });
    legs_.insert(place, std::move(leg));
  }
  active_.reserve(legs_.size());
  return outcome;
}

void PathLegs::drop_left() {
  std::erase_if(legs_, [](const auto& leg) { return leg->path().is_leaving() && leg->link().is_idle(); });
}

bool PathLegs::is_usable(const PathLeg& leg) {
  return leg.link().is_ready() && !leg.path().is_out() && !leg.path().is_leaving() &&
         scsi::is_accessible(leg.access.state);
}

uint64_t PathLegs::refresh(uint64_t now_ns) {
  active_.clear();
  rules_ = lun_.paths().rules();
  // A path that failed not long ago only where there is no other.
  for (const bool takes_unproven : {false, true}) {
    uint32_t best = UINT32_MAX;
    for (const auto& leg : legs_) {
      if (!is_usable(*leg) || (!takes_unproven && leg->usable_from_ns > now_ns)) continue;
      if (rank_of(*leg) < best) active_.clear();
      best = std::min(best, rank_of(*leg));
      if (rank_of(*leg) == best) active_.push_back(leg.get());
    }
    if (!active_.empty()) break;
  }
  if (rules_.policy == PathPolicy::failover && active_.size() > 1) active_.resize(1);
  measures_time_ = rules_.policy == PathPolicy::service_time && active_.size() > 1;
  uint64_t next_ns = kNever;
  for (const auto& leg : legs_) {
    leg->meter().set_active(is_active(*leg));
    leg->meter().set_access(leg->access.is_told, leg->access.state);
    if (is_usable(*leg) && leg->usable_from_ns > now_ns) next_ns = std::min(next_ns, leg->usable_from_ns);
  }
  return next_ns;
}

PathLeg& PathLegs::choose_among() {
  next_ = (next_ + 1) % active_.size();
  if (rules_.policy == PathPolicy::round_robin) return *active_[next_];
  // Ties go round.
  PathLeg* best = active_[next_];
  const bool by_time = rules_.policy == PathPolicy::service_time;
  const auto cost = [by_time](const PathLeg& leg) {
    return by_time ? (leg.under_way + uint64_t{1}) * (leg.latency_ns + 1) : uint64_t{leg.under_way};
  };
  for (PathLeg* leg : active_) {
    if (cost(*leg) < cost(*best)) best = leg;
  }
  return *best;
}

void PathLegs::note_end(PathLeg& leg, uint64_t latency_ns) {
  // Divided by those it shared the path with, so that a path is not slow because it is used.
  const uint64_t own_ns = latency_ns / (leg.under_way + 1);
  leg.latency_ns = leg.latency_ns == 0 ? own_ns : leg.latency_ns - leg.latency_ns / 8 + own_ns / 8;
}

Patience PathLegs::patience() const {
  if (legs_.size() == 1) return legs_.front()->link().patience();
  Patience least = Patience::timed;
  bool is_any_busy = false;
  for (const auto& leg : legs_) {
    if (leg->under_way == 0) continue;
    is_any_busy = true;
    least = std::min(least, leg->link().patience());
  }
  return is_any_busy ? least : Patience::none;
}

}  // namespace laneway
