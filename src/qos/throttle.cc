#include "qos/throttle.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

namespace {

// The minimum as paces of its own.
QosLimits minimum_of(const QosLimits& limits) {
  QosLimits minimum;
  minimum.max[static_cast<size_t>(QosRate::iops)] = limits.iops_min;
  minimum.max[static_cast<size_t>(QosRate::bytes)] = limits.bytes_min;
  return minimum;
}

QosLimits maximum_of(const QosLimits& limits) {
  QosLimits maximum = limits;
  maximum.iops_min = maximum.bytes_min = 0;
  return maximum;
}

bool is_same(const ThrottlePlan* plan, const ThrottlePlan& next) {
  if (plan == nullptr) return next.own == nullptr && next.group == nullptr;
  return plan->own == next.own && plan->group == next.group && plan->minimum == next.minimum;
}

}  // namespace

Throttle::~Throttle() {
  for (const auto& plan : plans_) {
    LW_ASSERT(plan->queues.load(std::memory_order_acquire) == 0);
    retire(*plan);
  }
}

PaceSet* Throttle::renew(const QosLimits& limits, PaceSet* before, uint64_t now_ns) {
  if (!limits.has_max()) return nullptr;
  sets_.push_back(std::make_unique<PaceSet>(limits));
  PaceSet* paces = sets_.back().get();
  const PaceSet nothing{QosLimits{}};
  if (before != nullptr || !is_new_) paces->continue_from(before != nullptr ? *before : nothing, now_ns);
  return paces;
}

void Throttle::set(const QosLimits& limits, const ThrottleGroup* group, uint64_t now_ns) {
  if (maximum_of(limits) != maximum_of(limits_)) own_ = renew(limits, own_, now_ns);
  if (minimum_of(limits) != minimum_of(limits_)) minimum_ = renew(minimum_of(limits), minimum_, now_ns);
  limits_ = limits;
  is_new_ = false;
  auto next = std::make_unique<ThrottlePlan>();
  next->own = own_;
  next->group = group == nullptr ? nullptr : group->paces();
  next->minimum = next->group == nullptr ? nullptr : minimum_;
  if (is_same(plan_.load(std::memory_order_relaxed), *next)) return;
  for (PaceSet* paces : {next->own, next->group, next->minimum}) {
    if (paces != nullptr) ++paces->plans;
  }
  const bool is_anything = next->own != nullptr || next->group != nullptr;
  // Release: queues may use the plan and its paces from here on; pairs with plan().
  plan_.store(is_anything ? next.get() : nullptr, std::memory_order_release);
  if (is_anything) plans_.push_back(std::move(next));
}

void Throttle::retire(const ThrottlePlan& plan) {
  for (PaceSet* paces : {plan.own, plan.group, plan.minimum}) {
    if (paces != nullptr) --paces->plans;
  }
}

void Throttle::collect() {
  const ThrottlePlan* current = plan_.load(std::memory_order_relaxed);
  std::erase_if(plans_, [&](const auto& plan) {
    // Acquire: pairs with the release of the last queue that left it.
    if (plan.get() == current || plan->queues.load(std::memory_order_acquire) > 0) return false;
    retire(*plan);
    return true;
  });
  std::erase_if(
      sets_, [this](const auto& paces) { return paces.get() != own_ && paces.get() != minimum_ && paces->plans == 0; });
}

Throttle::Counters Throttle::counters() const {
  return {waiting_.load(std::memory_order_relaxed), held_.load(std::memory_order_relaxed),
          held_ns_.load(std::memory_order_relaxed)};
}

void Throttle::count_held(uint64_t held_ns) {
  held_.fetch_add(1, std::memory_order_relaxed);
  held_ns_.fetch_add(held_ns, std::memory_order_relaxed);
}

}  // namespace laneway
