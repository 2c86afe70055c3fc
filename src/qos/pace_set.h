#pragma once
// PaceSet is all paces of one function, of one group, or of one minimum: what a request of a kind and size has to
// satisfy at once. Its limits never change; a change makes a new set. Owned by a Throttle or a ThrottleGroup; any
// reactor.

#include <array>
#include <cstdint>
#include <span>

#include "qos/limits.h"
#include "qos/pace.h"

namespace laneway {

// What one request uses up.
struct QosCharge {
  bool is_read = false;
  uint64_t bytes = 0;
};

class PaceSet {
 public:
  explicit PaceSet(const QosLimits& limits);

  // Before it is shared: keeps what was saved under `before`.
  void continue_from(const PaceSet& before, uint64_t now_ns);

  // Reads and writes are limited apart, and so wait apart.
  bool splits_directions() const { return splits_directions_; }

  // When a use is justified, and by which limit not earlier.
  struct Place {
    uint64_t start_ns = 0;
    QosRate rate = QosRate::iops;
  };
  // As of Pace, for all paces that concern the request: the latest of their times.
  Place reserve(uint64_t now_ns, const QosCharge& charge, uint64_t lead_max_ns = kNever);
  void give_back(const QosCharge& charge);
  void note(uint64_t now_ns, const QosCharge& charge);
  uint64_t next_ns(uint64_t now_ns, const QosCharge& charge) const;

  // Plans that refer to it. Control threads, under their lock.
  uint32_t plans = 0;

 private:
  // Each limit has the pace itself and, where a burst is let out over a time, one for its peak.
  static constexpr size_t kPaces = 2 * kQosRates;
  struct Concern {
    Pace* pace = nullptr;
    bool is_by_bytes = false;
    QosRate rate = QosRate::iops;
  };
  struct Concerns {
    std::array<Concern, kPaces> list{};
    size_t count = 0;
  };
  void add(QosRate rate, Pace& pace);
  std::span<const Concern> concerns_of(const QosCharge& charge) const {
    const Concerns& concerns = charge.is_read ? reads_ : writes_;
    return {concerns.list.data(), concerns.count};
  }

  // Fixed after construction
  std::array<Pace, kPaces> paces_;
  Concerns reads_;
  Concerns writes_;
  bool splits_directions_ = false;
};

}  // namespace laneway
