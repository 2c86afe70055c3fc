#pragma once
// RetryPause says how long to wait before the next attempt at something that failed: not at all the first time, then
// longer and longer up to a limit, with some randomness so that many do not come back at once. One thread.

#include <algorithm>
#include <cstdint>

#include "base/random.h"
#include "base/units.h"

namespace laneway {

class RetryPause {
 public:
  static constexpr uint64_t kFirstNs = 100 * kMillisecond;
  static constexpr uint64_t kLongestNs = 2 * kSecond;

  explicit RetryPause(uint64_t seed) : random_(seed) {}

  void succeed() { failures_ = 0; }
  // It worked for a moment: the next pause is a short one, but there is one.
  void progress() { failures_ = std::min(failures_, 1u); }
  uint32_t failures() const { return failures_; }
  uint64_t next_ns() {
    const uint32_t step = failures_++;
    if (step == 0) return 0;
    const uint64_t pause_ns = std::min(kFirstNs << std::min(step - 1, 16u), kLongestNs);
    return pause_ns - random_.below(pause_ns / 4);
  }

 private:
  Random random_;
  uint32_t failures_ = 0;
};

}  // namespace laneway
