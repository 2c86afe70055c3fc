#include "backend/iscsi_target.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

IscsiTarget::~IscsiTarget() { LW_ASSERT(meters_.empty() && sessions_ == 0); }

Result<void> IscsiTarget::resolve() {
  std::vector<SocketAddress> found;
  Error last{ErrorCode::invalid_argument, "target " + settings_.name + " has no portal; give one"};
  for (const IscsiPortal& portal : settings_.portals) {
    auto addresses = resolve_portal(portal);
    if (addresses) {
      found.insert(found.end(), addresses->begin(), addresses->end());
    } else {
      last = std::move(addresses.error());
    }
  }
  if (found.empty()) return tl::unexpected<Error>(std::move(last));
  const std::lock_guard lock(mutex_);
  addresses_ = std::move(found);
  return {};
}

std::vector<SocketAddress> IscsiTarget::addresses() const {
  const std::lock_guard lock(mutex_);
  return addresses_;
}

bool IscsiTarget::take_session() {
  const std::lock_guard lock(mutex_);
  if (sessions_ >= settings_.sessions_max) return false;
  ++sessions_;
  return true;
}

void IscsiTarget::give_back_session() {
  const std::lock_guard lock(mutex_);
  LW_ASSERT(sessions_ > 0);
  --sessions_;
}

Result<void> IscsiTarget::enlist(const IscsiMeter& meter) {
  const IscsiSessionReport entering = meter.report();
  const std::lock_guard lock(mutex_);
  for (const IscsiMeter* other : meters_) {
    const IscsiSessionReport report = other->report();
    if (report.isid != entering.isid) continue;
    return fail(ErrorCode::in_use,
                "functions {} and {} come out at the same session identifier on target {}; rename one", report.function,
                entering.function, settings_.name);
  }
  meters_.push_back(&meter);
  return {};
}

void IscsiTarget::delist(const IscsiMeter& meter) {
  const std::lock_guard lock(mutex_);
  std::erase(meters_, &meter);
}

std::vector<IscsiSessionReport> IscsiTarget::sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<IscsiSessionReport> reports;
  reports.reserve(meters_.size());
  for (const IscsiMeter* meter : meters_) reports.push_back(meter->report());
  return reports;
}

}  // namespace laneway
