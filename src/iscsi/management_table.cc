#include "iscsi/management_table.h"

#include <algorithm>

namespace laneway::iscsi {

void ManagementTable::add(TaskManagement& function) {
  function.is_finished = false;
  function.response = TaskFunctionResponse::lost;
  if (covers_many(function.function)) ++covering_;
  waiting_.push_back(function);
}

void ManagementTable::settle(TaskManagement& function, TaskFunctionResponse response) {
  if (covers_many(function.function)) --covering_;
  function.response = response;
  function.is_finished = true;
}

void ManagementTable::finish_unsent(TaskManagement& function, TaskFunctionResponse response) {
  function.unlink();
  settle(function, response);
  finished_.push_back(function);
}

TaskManagement* ManagementTable::front_to_send() { return busy_ < kSlots ? waiting_.front() : nullptr; }

ManagementTable::Slot& ManagementTable::send_front(uint64_t deadline_ns) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return s.function == nullptr; });
  LW_ASSERT(slot != slots_.end());
  slot->function = waiting_.pop_front();
  LW_ASSERT(slot->function != nullptr);
  slot->tag = make_tag(++generation_, TagKind::management, static_cast<uint32_t>(slot - slots_.begin()));
  slot->deadline_ns = deadline_ns;
  ++busy_;
  return *slot;
}

ManagementTable::Slot* ManagementTable::find(uint32_t tag) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [tag](const Slot& s) { return s.function != nullptr && s.tag == tag; });
  return slot == slots_.end() ? nullptr : &*slot;
}

void ManagementTable::finish(Slot& slot, TaskFunctionResponse response) {
  TaskManagement& function = *slot.function;
  slot.function = nullptr;
  --busy_;
  settle(function, response);
  finished_.push_back(function);
}

uint64_t ManagementTable::next_deadline_ns() const {
  uint64_t earliest_ns = kNever;
  for (const Slot& slot : slots_) {
    if (slot.function != nullptr) earliest_ns = std::min(earliest_ns, slot.deadline_ns);
  }
  return earliest_ns;
}

TaskManagement* ManagementTable::take_unfinished() {
  for (Slot& slot : slots_) {
    if (slot.function == nullptr) continue;
    TaskManagement* function = slot.function;
    slot.function = nullptr;
    --busy_;
    settle(*function, TaskFunctionResponse::lost);
    function->is_finished = false;
    return function;
  }
  TaskManagement* function = waiting_.pop_front();
  if (function == nullptr) return nullptr;
  settle(*function, TaskFunctionResponse::lost);
  function->is_finished = false;
  return function;
}

}  // namespace laneway::iscsi
