#pragma once
// Pacer holds the schedule of a fixed load: when each request is due, whatever became of those before it. Latency
// counted from the due time includes the wait behind a stalled disk. One owner (a queue runner), one thread.

#include <cstdint>

#include "base/units.h"

namespace laneway {

class Pacer {
 public:
  // `rate_iops` requests a second; 0: everything is due at once. `share` of `shares` queues shifts the schedule, so
  // that queues do not all ask at the same moment.
  Pacer(double rate_iops, uint32_t share, uint32_t shares)
      : interval_ns_(rate_iops > 0 ? static_cast<double>(kSecond) / rate_iops : 0),
        shift_ns_(interval_ns_ * share / shares) {}

  bool is_paced() const { return interval_ns_ > 0; }
  void start(uint64_t now_ns) {
    begin_ns_ = now_ns;
    count_ = 0;
  }
  uint64_t due_ns() const {
    return begin_ns_ + static_cast<uint64_t>(shift_ns_ + interval_ns_ * static_cast<double>(count_));
  }
  void take() { ++count_; }

 private:
  double interval_ns_;
  double shift_ns_;
  uint64_t begin_ns_ = 0;
  uint64_t count_ = 0;
};

}  // namespace laneway
