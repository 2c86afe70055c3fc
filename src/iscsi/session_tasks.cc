// Tasks and task management functions on their way between the caller and the target.
#include <algorithm>

#include "iscsi/session.h"

namespace laneway::iscsi {

void Session::submit(ScsiTask& task) {
  task.outcome = TaskOutcome::pending;
  task.scsi_status = 0;
  task.iscsi_response = 0;
  task.was_sent = task.is_overflow = false;
  task.residual_bytes = task.transferred_bytes = 0;
  task.sense_bytes = 0;
  task.task_tag = kReservedTag;
  waiting_.push_back(task);
  ++task_count_;
}

bool Session::withdraw(ScsiTask& task) {
  if (task.was_sent || task.outcome != TaskOutcome::pending) return false;
  task.unlink();
  --task_count_;
  return true;
}

ScsiTask* Session::take_finished() {
  ScsiTask* task = finished_.pop_front();
  if (task != nullptr) --task_count_;
  return task;
}

uint32_t Session::task_count() const { return task_count_; }

void Session::finish_answered(TaskSlot& slot, uint8_t scsi_status, bool is_overflow, bool is_underflow,
                              uint32_t residual_bytes) {
  ScsiTask& task = *slot.task;
  task.scsi_status = scsi_status;
  task.is_overflow = is_overflow;
  task.residual_bytes = is_overflow || is_underflow ? residual_bytes : 0;
  const uint32_t missing = is_underflow ? std::min(residual_bytes, task.data_bytes) : 0;
  task.transferred_bytes = task.data_bytes - missing;
  // A read has what has arrived, whatever the target claims.
  if (task.direction == DataDirection::from_target) {
    task.transferred_bytes = std::min(task.transferred_bytes, slot.cursor.position_bytes());
  }
  finish(slot, TaskOutcome::answered);
}

// Every end of a task that the target knows of, save abandon(). A task whose memory the kernel may still read stays
// held until those bytes are sent.
void Session::finish(TaskSlot& slot, TaskOutcome outcome) {
  slot.task->outcome = outcome;
  slot.unlink();
  slot.transfers.clear();
  if (slot.send_end <= send_.sent_position()) return release(slot);
  slot.is_held = true;
  held_.push_back(slot);
}

void Session::release(TaskSlot& slot) {
  ScsiTask& task = *slot.task;
  task.unlink();
  finished_.push_back(task);
  table_.give_back(slot);
}

void Session::release_held() {
  TaskSlot* slot = held_.front();
  while (slot != nullptr) {
    TaskSlot* next = held_.next(*slot);
    if (slot->send_end <= send_.sent_position()) release(*slot);
    slot = next;
  }
}

void Session::submit(TaskManagement& function) {
  management_.add(function);
  function.task_tag = kReservedTag;
  if (function.function != TaskFunction::abort_task) return;
  ScsiTask* task = function.task;
  LW_ASSERT(task != nullptr);
  if (task->outcome != TaskOutcome::pending) {
    return management_.finish_unsent(function, TaskFunctionResponse::no_such_task);
  }
  function.lun = task->lun;
  function.task_tag = task->task_tag;
  if (task->was_sent) return;
  task->unlink();
  task->outcome = TaskOutcome::aborted;
  finished_.push_back(*task);
  management_.finish_unsent(function, TaskFunctionResponse::complete);
}

TaskManagement* Session::take_finished_management() { return management_.take_finished(); }

// The target carried the function out: what it covers gets no answer any more (RFC 7143 11.6.1, 4.2.3.3).
void Session::abort_covered(const ManagementTable::Slot& slot) {
  const TaskManagement& function = *slot.function;
  if (function.function == TaskFunction::clear_aca) return;
  const bool is_whole_target = function.function == TaskFunction::target_warm_reset;
  ScsiTask* task = active_.front();
  while (task != nullptr) {
    ScsiTask* next = active_.next(*task);
    TaskSlot* task_slot = table_.find(task->task_tag);
    const bool is_meant = function.function == TaskFunction::abort_task ? task->task_tag == function.task_tag
                                                                        : is_whole_target || task->lun == function.lun;
    if (is_meant && task_slot != nullptr) finish(*task_slot, TaskOutcome::aborted);
    task = next;
  }
}

ScsiTask* Session::abandon() {
  if (!is_ended(state_)) fail_session(SessionFault::connection, "the connection was given up");
  data_in_ = nullptr;
  direct_bytes_ = 0;
  if (ScsiTask* task = active_.pop_front(); task != nullptr) {
    if (task->outcome == TaskOutcome::pending) task->outcome = TaskOutcome::lost;
    TaskSlot& slot = table_.at_tag(task->task_tag);
    table_.give_back(slot);
    --task_count_;
    return task;
  }
  ScsiTask* task = waiting_.pop_front();
  if (task == nullptr) return nullptr;
  task->outcome = TaskOutcome::lost;
  --task_count_;
  return task;
}

TaskManagement* Session::abandon_management() {
  if (!is_ended(state_)) fail_session(SessionFault::connection, "the connection was given up");
  return management_.take_unfinished();
}

}  // namespace laneway::iscsi
