#pragma once
// ThrottleGroup holds the limits that several functions share. Its members' Throttles refer to its paces; after set()
// each of them is set again. Owned by the engine, outlives its members. Control threads, under their owner's lock.

#include <cstdint>
#include <memory>
#include <vector>

#include "qos/limits.h"
#include "qos/pace_set.h"

namespace laneway {

class ThrottleGroup {
 public:
  ThrottleGroup() = default;
  ThrottleGroup(const ThrottleGroup&) = delete;
  ThrottleGroup& operator=(const ThrottleGroup&) = delete;
  ~ThrottleGroup();

  // Only the maximums and bursts count: minimums are the members' own.
  void set(const QosLimits& limits, uint64_t now_ns);
  const QosLimits& limits() const { return limits_; }
  // Null where there is no limit.
  PaceSet* paces() const { return paces_; }
  // No plan refers to any of its paces: it may be destroyed.
  bool is_free() const;
  // Frees the paces that no plan refers to any more.
  void collect();

 private:
  QosLimits limits_;
  PaceSet* paces_ = nullptr;  // the current one of all_
  std::vector<std::unique_ptr<PaceSet>> all_;
};

}  // namespace laneway
