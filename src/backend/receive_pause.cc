#include "backend/receive_pause.h"

#include <algorithm>
#include <utility>

namespace laneway {

namespace {

constexpr uint32_t kTasksMin = 8;
constexpr size_t kBytesMax = 32 * kKiB;
constexpr uint32_t kFewShare = 4;
constexpr uint64_t kTaskPercentMax = 40;  // of what a task takes
constexpr uint64_t kIntervalNsMax = kMillisecond;
constexpr uint64_t kSlowAnswerNs = 8 * kMicrosecond;
constexpr uint64_t kPauseNsMin = 15 * kMicrosecond;  // less saves no sleep
constexpr uint64_t kPauseNsMax = 400 * kMicrosecond;

constexpr uint64_t kStretchAnswersMax = 32 * 1024;
constexpr uint64_t kTrialAnswersMin = 128;
constexpr uint64_t kCostShare = 10;  // pauses that cost less than this part of a task's time are worth it
constexpr int32_t kLossCost = 2;     // in two of three comparisons they must be
constexpr uint32_t kRestsMax = 1024;

}  // namespace

void ReceivePause::received(size_t bytes, uint32_t answered, uint32_t tasks, uint64_t now_ns) {
  const uint64_t since_ns = now_ns - last_ns_;
  last_ns_ = now_ns;
  if (answered > 0) answer_ns_ = (answer_ns_ * 3 + std::min(since_ns, kIntervalNsMax) / answered) / 4;
  // Where answers come slowly, it is the pause that makes them many.
  const bool is_pause_why = has_paused_ && answer_ns_ >= kSlowAnswerNs;
  const bool is_few = is_pause_why ? bytes < kBytesMax * std::max(answered, 1u) && answered * 4 < tasks * 3
                                   : bytes < kBytesMax && answered * kFewShare < tasks;
  has_few_ = tasks >= kTasksMin && is_few;
  if (tasks < kTasksMin || since_ns > kIntervalNsMax) return;
  stretch_.answers += answered;
  stretch_.task_time_ns += since_ns * tasks;
  // In a trial what was sent during the pauses has to come back first.
  if (stretch_.answers >= (is_trial_ ? std::max<uint64_t>(kTrialAnswersMin, 4 * tasks) : stretch_answers_)) judge();
}

// By Little's law the time from answer to answer, times the tasks, is what one task takes.
uint64_t ReceivePause::next_ns(uint32_t tasks) {
  has_paused_ = false;
  if (!has_few_ || tasks < kTasksMin || is_trial_ || rests_left_ > 0) return 0;
  // Pauses make tasks longer: they must not grow by themselves.
  const uint64_t task_ns = std::min(answer_ns_ * tasks, unpaused_task_ns_);
  const uint64_t pause_ns = std::min(task_ns * kTaskPercentMax / 100, kPauseNsMax);
  has_paused_ = pause_ns >= kPauseNsMin;
  stretch_.has_pauses |= has_paused_;
  return has_paused_ ? pause_ns : 0;
}

void ReceivePause::judge() {
  const Stretch ended = std::exchange(stretch_, {});
  if (rests_left_ > 0) {
    if (--rests_left_ == 0) score_ = kLossCost;
  } else if (is_trial_) {
    is_trial_ = false;
    unpaused_task_ns_ = ended.task_ns();
    compare(paused_task_ns_, unpaused_task_ns_);
  } else if (ended.has_pauses) {
    is_trial_ = true;
    paused_task_ns_ = ended.task_ns();
  }
}

void ReceivePause::compare(uint64_t paused_ns, uint64_t unpaused_ns) {
  if (unpaused_ns + unpaused_ns / kCostShare >= paused_ns) {
    score_ = std::min(score_ + 1, kScoreMax);
    if (score_ == kScoreMax) rests_ = kRestsMin;
    stretch_answers_ = std::min(stretch_answers_ * 2, kStretchAnswersMax);
    return;
  }
  stretch_answers_ = kStretchAnswersMin;
  score_ -= kLossCost;
  if (score_ > 0) return;
  rests_left_ = rests_;
  rests_ = std::min(rests_ * 2, kRestsMax);
}

}  // namespace laneway
