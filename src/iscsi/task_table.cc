#include "iscsi/task_table.h"

namespace laneway::iscsi {
namespace {

constexpr uint32_t kIndexMask = 0xffff;
static_assert(kQueueDepthMax < static_cast<uint32_t>(TagKind::ping));

}  // namespace

TaskTable::TaskTable(uint32_t slots) : slots_(std::make_unique<TaskSlot[]>(slots)), slot_count_(slots) {
  free_.reserve(slots);
  for (uint32_t i = slots; i > 0; --i) {
    slots_[i - 1].tag = i - 1;
    free_.push_back(i - 1);
  }
}

TaskSlot& TaskTable::take(ScsiTask& task) {
  LW_ASSERT(!free_.empty());
  TaskSlot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.task = &task;
  slot.tag += kIndexMask + 1;  // the next generation; it wraps
  slot.cursor.reset(task.data);
  slot.next_data_sn = 0;
  slot.next_r2t_sn = 0;
  slot.next_r2t_offset_bytes = 0;
  slot.r2t_count = 0;
  slot.transfers.clear();
  slot.send_end = 0;
  slot.is_held = false;
  return slot;
}

void TaskTable::give_back(TaskSlot& slot) {
  slot.unlink();
  slot.task = nullptr;
  free_.push_back(slot.tag & kIndexMask);
}

TaskSlot& TaskTable::at_tag(uint32_t tag) {
  LW_ASSERT((tag & kIndexMask) < slot_count_);
  return slots_[tag & kIndexMask];
}

TaskSlot* TaskTable::find(uint32_t tag) {
  const uint32_t index = tag & kIndexMask;
  if (index >= slot_count_) return nullptr;
  TaskSlot& slot = slots_[index];
  return slot.task != nullptr && slot.tag == tag && !slot.is_held ? &slot : nullptr;
}

}  // namespace laneway::iscsi
