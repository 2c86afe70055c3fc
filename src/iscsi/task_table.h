#pragma once
// TaskTable holds the tasks that are with the target, in slots made once. A task tag is the slot's index and a
// generation, so that a tag that the target makes up or uses again is found out. Owned by a Session; home reactor only.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/intrusive_list.h"
#include "iscsi/data_cursor.h"
#include "iscsi/options.h"
#include "iscsi/scsi_task.h"

namespace laneway::iscsi {

// A sequence of Data-Out PDUs that is to be sent: asked for by an R2T, or unsolicited (RFC 7143 11.7, 11.8).
struct Transfer {
  uint64_t lun = 0;
  uint32_t transfer_tag = 0;
  uint32_t offset_bytes = 0;
  uint32_t left_bytes = 0;
  uint32_t data_sn = 0;
};

// The transfers of one task, in order: at most kOutstandingR2tMax asked for and one unsolicited.
class TransferQueue {
 public:
  static constexpr uint32_t kCapacity = kOutstandingR2tMax + 1;
  uint32_t count() const { return count_; }
  Transfer& front() { return ring_[first_]; }
  void push(const Transfer& transfer) {
    LW_ASSERT(count_ < kCapacity);
    ring_[(first_ + count_++) % kCapacity] = transfer;
  }
  void pop() {
    first_ = (first_ + 1) % kCapacity;
    --count_;
  }
  void clear() { first_ = count_ = 0; }

 private:
  std::array<Transfer, kCapacity> ring_;
  uint32_t first_ = 0;
  uint32_t count_ = 0;
};

struct TaskSlot : ListNode<TaskSlot> {  // linked while it has transfers to send, or is held
  ScsiTask* task = nullptr;             // null: free
  uint32_t tag = 0;
  uint32_t cmd_sn = 0;
  DataCursor cursor;          // payload received, or sent, so far
  uint32_t next_data_sn = 0;  // of Data-In
  uint32_t next_r2t_sn = 0;
  uint32_t next_r2t_offset_bytes = 0;  // the lowest that an R2T may ask for
  uint32_t r2t_count = 0;              // asked for and not wholly queued
  TransferQueue transfers;
  uint64_t send_end = 0;  // position in the send stream after the last byte of this task's
  bool is_held = false;   // answered, but bytes of its memory are still to be sent
};

class TaskTable {
 public:
  explicit TaskTable(uint32_t slots);

  bool has_free() const { return !free_.empty(); }
  TaskSlot& take(ScsiTask& task);
  void give_back(TaskSlot& slot);
  // The slot of a task that awaits its answer, null where the tag is no such task's.
  TaskSlot* find(uint32_t tag);
  // The slot that a tag of ours names.
  TaskSlot& at_tag(uint32_t tag);

 private:
  // Fixed after construction
  std::unique_ptr<TaskSlot[]> slots_;
  uint32_t slot_count_;
  // Home reactor only
  std::vector<uint32_t> free_;
};

// Tags of what is no task have an index in this range (the lower 16 bits). 0xffff never occurs: it is in the reserved
// tag.
enum class TagKind : uint16_t { ping = 0xff00, login = 0xff01, logout = 0xff02, text = 0xff03, management = 0xff10 };
constexpr uint32_t make_tag(uint32_t generation, TagKind kind, uint32_t index = 0) {
  return generation << 16 | (static_cast<uint32_t>(kind) + index);
}

}  // namespace laneway::iscsi
