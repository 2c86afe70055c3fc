#pragma once
// ReceivePause says how long to let answers gather before the next receive: a target that answers one command at a time
// would wake us for each. Only where many tasks are under way and the last receive brought few, and never longer than a
// small part of what a task takes anyway. Owned by an IscsiConnection; home reactor only.

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace laneway {

class ReceivePause {
 public:
  // A receive brought `bytes` at `now_ns`, and with it `answered` of the `tasks` that were under way.
  void received(size_t bytes, uint32_t answered, uint32_t tasks, uint64_t now_ns) {
    const uint64_t since_ns = std::min(now_ns - last_ns_, kIntervalNsMax);
    last_ns_ = now_ns;
    if (answered > 0) task_ns_ = (task_ns_ * 3 + since_ns / answered) / 4;
    has_few_ = tasks >= kTasksMin && bytes < kBytesMax && answered * kFewShare < tasks;
  }

  // 0: receive at once. By Little's law task_ns_ times the tasks is what one task takes.
  uint64_t next_ns(uint32_t tasks) const {
    if (!has_few_ || tasks < kTasksMin) return 0;
    const uint64_t pause_ns = std::min(task_ns_ * tasks / kLatencyShare, kPauseNsMax);
    return pause_ns < kPauseNsMin ? 0 : pause_ns;
  }

 private:
  static constexpr uint32_t kTasksMin = 8;
  static constexpr size_t kBytesMax = 32 * kKiB;
  static constexpr uint32_t kFewShare = 4;
  static constexpr uint32_t kLatencyShare = 4;
  static constexpr uint64_t kIntervalNsMax = kMillisecond;
  static constexpr uint64_t kPauseNsMin = 15 * kMicrosecond;  // less saves no sleep
  static constexpr uint64_t kPauseNsMax = 300 * kMicrosecond;

  uint64_t last_ns_ = 0;
  uint64_t task_ns_ = 0;  // smoothed time from answer to answer
  bool has_few_ = false;
};

}  // namespace laneway
