#pragma once
// ManagementTable holds the task management functions of a session: those that wait to be sent, the few that are with
// the target, and those that are finished. Owned by a Session; home reactor only.

#include <array>
#include <cstdint>

#include "base/intrusive_list.h"
#include "base/units.h"
#include "iscsi/scsi_task.h"
#include "iscsi/task_table.h"

namespace laneway::iscsi {

// True where the function is about all tasks of a LUN or of the target.
constexpr bool covers_many(TaskFunction function) { return function != TaskFunction::abort_task; }

class ManagementTable {
 public:
  static constexpr size_t kSlots = 4;

  struct Slot {
    TaskManagement* function = nullptr;  // null: free
    uint32_t tag = 0;
    uint64_t deadline_ns = kNever;
  };

  void add(TaskManagement& function);
  // Finishes one that has no slot: it was never sent.
  void finish_unsent(TaskManagement& function, TaskFunctionResponse response);
  TaskManagement* take_finished() { return finished_.pop_front(); }

  // The next one to send; null where none waits or all slots are taken. send_front() gives it a slot.
  TaskManagement* front_to_send();
  Slot& send_front(uint64_t deadline_ns);
  // The one with the target that has this tag, or null.
  Slot* find(uint32_t tag);
  void finish(Slot& slot, TaskFunctionResponse response);

  // True while a function that covers many tasks waits or is with the target.
  bool holds_tasks() const { return covering_ > 0; }
  uint64_t next_deadline_ns() const;
  // One that is not finished, or null; it is taken out, with the response `lost`.
  TaskManagement* take_unfinished();
  bool empty() { return waiting_.empty() && finished_.empty() && busy_ == 0; }

 private:
  void settle(TaskManagement& function, TaskFunctionResponse response);

  IntrusiveList<TaskManagement, TaskManagement> waiting_;
  IntrusiveList<TaskManagement, TaskManagement> finished_;
  std::array<Slot, kSlots> slots_;
  uint32_t busy_ = 0;
  uint32_t covering_ = 0;
  uint32_t generation_ = 0;
};

}  // namespace laneway::iscsi
