#include "qos/throttle_group.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

ThrottleGroup::~ThrottleGroup() { LW_ASSERT(is_free()); }

bool ThrottleGroup::is_free() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto& paces) { return paces->plans == 0; });
}

void ThrottleGroup::set(const QosLimits& limits, uint64_t now_ns) {
  if (limits == limits_) return;
  limits_ = limits;
  const PaceSet* before = paces_;
  paces_ = nullptr;
  if (!limits.has_max()) return;
  all_.push_back(std::make_unique<PaceSet>(limits));
  paces_ = all_.back().get();
  if (before != nullptr) paces_->continue_from(*before, now_ns);
}

void ThrottleGroup::collect() {
  std::erase_if(all_, [this](const auto& paces) { return paces.get() != paces_ && paces->plans == 0; });
}

}  // namespace laneway
