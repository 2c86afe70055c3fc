#include "backend/multipath_debt.h"

#include <algorithm>

namespace laneway {

bool FenceDebt::is_settled_over(const Entry& entry, const LunPath& over) const {
  if (is_one_task_set()) return true;
  return entry.lun == over.number() && entry.target_name == over.target().settings().target_name;
}

void FenceDebt::add(const LunPath& path, uint64_t lost_ns) {
  const IscsiTargetSettings& settings = path.target().settings();
  entries_.with([&](auto& entries) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.path == path.id(); });
    if (found == entries.end()) {
      entries.push_back({path.id(), settings.target_name, path.number(), lost_ns, settings.fence_delay_ns});
    } else {
      found->lost_ns = std::max(found->lost_ns, lost_ns);
    }
    is_due_.store(true, std::memory_order_release);
  });
}

FenceDebt::Plan FenceDebt::plan(const LunPath& over, uint64_t now_ns) {
  return entries_.with([&](auto& entries) {
    Plan plan;
    for (Entry& entry : entries) {
      plan.is_due = true;
      if (entry.lost_ns == 0) entry.lost_ns = now_ns;
      if (entry.path != over.id()) plan.is_own_path = false;
      if (is_settled_over(entry, over)) {
        plan.is_reset_due = true;
      } else {
        plan.wait_until_ns = std::max(plan.wait_until_ns, entry.lost_ns + entry.delay_ns);
      }
    }
    return plan;
  });
}

void FenceDebt::reset_stands(const LunPath& over) {
  resets_.fetch_add(1, std::memory_order_relaxed);
  entries_.with([&](auto& entries) {
    std::erase_if(entries, [&](const Entry& entry) { return is_settled_over(entry, over); });
    is_due_.store(!entries.empty(), std::memory_order_release);
  });
}

void FenceDebt::time_stands(uint64_t now_ns) {
  entries_.with([&](auto& entries) {
    std::erase_if(entries, [&](const Entry& e) { return e.lost_ns != 0 && e.lost_ns + e.delay_ns <= now_ns; });
    is_due_.store(!entries.empty(), std::memory_order_release);
  });
}

}  // namespace laneway
