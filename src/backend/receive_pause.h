#pragma once
// ReceivePause says how long to let answers gather before the next receive: a target that answers one command at a time
// would wake us for each. Only where many tasks are under way and come back few at a time, never longer than a part of
// what a task takes anyway, and only while that costs no latency: now and then it receives at once for a while, and
// where tasks then end sooner it stays with that. Owned by an IscsiConnection; home reactor only.

#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace laneway {

class ReceivePause {
 public:
  // A receive brought `bytes` at `now_ns`, and with it `answered` of the `tasks` that were under way.
  void received(size_t bytes, uint32_t answered, uint32_t tasks, uint64_t now_ns);
  // 0: receive at once. To be asked once between two receives.
  uint64_t next_ns(uint32_t tasks);

 private:
  // A stretch of answers: one with pauses, then a shorter one without to compare it with.
  struct Stretch {
    uint64_t answers = 0;
    uint64_t task_time_ns = 0;  // what passed, times the tasks under way meanwhile
    bool has_pauses = false;
    uint64_t task_ns() const { return task_time_ns / answers; }
  };

  static constexpr int32_t kScoreMax = 8;
  static constexpr uint32_t kRestsMin = 8;
  static constexpr uint64_t kStretchAnswersMin = 1024;

  void judge();
  void compare(uint64_t paused_ns, uint64_t unpaused_ns);

  uint64_t last_ns_ = 0;
  uint64_t answer_ns_ = 0;  // smoothed time from answer to answer
  bool has_few_ = false;
  bool has_paused_ = false;  // before the receive that comes next

  Stretch stretch_;
  uint64_t stretch_answers_ = kStretchAnswersMin;  // the longer the more often pauses proved right
  uint64_t paused_task_ns_ = 0;                    // of the last stretch with pauses
  uint64_t unpaused_task_ns_ = kNever;             // of the last trial
  bool is_trial_ = false;                          // this stretch is one without
  int32_t score_ = kScoreMax / 2;
  uint32_t rests_ = kRestsMin;  // how many stretches without pauses follow once the score is used up
  uint32_t rests_left_ = 0;
};

}  // namespace laneway
