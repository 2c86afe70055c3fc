#pragma once
// SpinBudget decides how long a reactor polls on after its last work before it sleeps: for a fixed time where work
// mostly comes within it, not at all where it does not. A sleep and its wake-up cost both sides about as much time as
// the limit is meant to be, so that polling for work that comes sooner saves processor time as well as latency. While
// it rests it tries again from time to time, ever more rarely. Owned by one Reactor, its thread only.

#include <algorithm>
#include <cstdint>

namespace laneway {

class SpinBudget {
 public:
  // Never polls longer than `limit_ns`; 0 never polls.
  explicit SpinBudget(uint64_t limit_ns) : limit_ns_(limit_ns), window_ns_(limit_ns) {}

  uint64_t window_ns() const { return window_ns_; }

  // Work came `pause_ns` after the work before it; the reactor slept meanwhile, or polled on until it came.
  void paused(uint64_t pause_ns, bool has_slept) {
    if (window_ns_ == 0) {
      rest(pause_ns);
    } else if (!has_slept) {
      score_ = std::min(score_ + 1, kScoreMax);
      if (score_ == kScoreMax) rests_ = kRestsMin;
    } else {
      score_ -= kMissCost;
      if (score_ <= 0) begin_rest();
    }
  }

 private:
  // Two of three pauses must be caught.
  static constexpr int32_t kScoreMax = 8;
  static constexpr int32_t kMissCost = 2;
  static constexpr int32_t kTrialScore = 4;
  // Sleeps between two trials. Only those count that might have been caught: a pause that ends a sleep is longer than
  // it would have been, by the wake-ups of both sides.
  static constexpr uint32_t kRestsMin = 8;
  static constexpr uint32_t kRestsMax = 1024;
  static constexpr uint64_t kHopefulPauses = 4;  // times the limit

  void begin_rest() {
    window_ns_ = 0;
    rests_left_ = rests_;
    rests_ = std::min(rests_ * 2, kRestsMax);
  }
  void rest(uint64_t pause_ns) {
    if (pause_ns > kHopefulPauses * limit_ns_ || --rests_left_ > 0) return;
    window_ns_ = limit_ns_;
    score_ = kTrialScore;
  }

  const uint64_t limit_ns_;
  uint64_t window_ns_;
  int32_t score_ = kScoreMax;
  uint32_t rests_ = kRestsMin;
  uint32_t rests_left_ = 0;
};

}  // namespace laneway
