#pragma once
// SpinBudget decides how long a reactor polls on after its last work before it sleeps: long enough to catch work that
// follows closely, not at all where work comes so rarely that polling for it would only burn the core. It learns from
// every pause between two pieces of work. Owned by one Reactor, its thread only.

#include <algorithm>
#include <cstdint>

namespace laneway {

class SpinBudget {
 public:
  // Never polls longer than `limit_ns`; 0 never polls.
  explicit SpinBudget(uint64_t limit_ns) : limit_ns_(limit_ns), window_ns_(limit_ns) {}

  uint64_t window_ns() const { return window_ns_; }

  // Work came `pause_ns` after the work before it, whether the reactor polled or slept meanwhile.
  void paused(uint64_t pause_ns) {
    if (pause_ns > limit_ns_) {
      window_ns_ /= kShrink;  // polling would not have lived to see it
    } else if (window_ns_ < limit_ns_) {
      window_ns_ = std::min(limit_ns_, std::max(window_ns_ * 2, limit_ns_ / kFirstShare));
    }
  }

 private:
  static constexpr uint64_t kShrink = 4;
  static constexpr uint64_t kFirstShare = 8;

  const uint64_t limit_ns_;
  uint64_t window_ns_;
};

}  // namespace laneway
