#pragma once
// KeepAlive decides when to ping a silent target (NOP-Out, RFC 7143 11.18) and when its silence means that the
// connection is dead. Anything received is a sign of life. Owned by a Session; home reactor only.

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace laneway::iscsi {

class KeepAlive {
 public:
  KeepAlive(uint64_t interval_ns, uint64_t timeout_ns) : interval_ns_(interval_ns), timeout_ns_(timeout_ns) {}

  void heard(uint64_t now_ns) { heard_ns_ = std::max(heard_ns_, now_ns); }
  // True where a ping is due now; the caller sends it and says pinged().
  bool is_ping_due(uint64_t now_ns) const {
    return interval_ns_ > 0 && !is_pinging_ && now_ns - heard_ns_ >= interval_ns_;
  }
  void pinged(uint64_t now_ns) {
    is_pinging_ = true;
    pinged_ns_ = now_ns;
  }
  void answered() { is_pinging_ = false; }
  bool is_pinging() const { return is_pinging_; }
  bool is_dead(uint64_t now_ns) const { return is_pinging_ && now_ns >= next_deadline_ns(); }

  uint64_t next_deadline_ns() const {
    if (interval_ns_ == 0) return kNever;
    return is_pinging_ ? std::max(pinged_ns_, heard_ns_) + timeout_ns_ : heard_ns_ + interval_ns_;
  }

 private:
  // Fixed after construction
  uint64_t interval_ns_;
  uint64_t timeout_ns_;
  // Home reactor only
  uint64_t heard_ns_ = 0;
  uint64_t pinged_ns_ = 0;
  bool is_pinging_ = false;
};

}  // namespace laneway::iscsi
