#pragma once
// ScsiTask is one SCSI command on its way through a Session, TaskManagement one task management function. Both belong
// to the caller, stay where they are from submit() until the session gives them back, and are touched by the session's
// thread only.

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/intrusive_list.h"

namespace laneway::iscsi {

enum class DataDirection : uint8_t { none, from_target, to_target };

enum class TaskAttribute : uint8_t { untagged = 0, simple = 1, ordered = 2, head_of_queue = 3 };  // RFC 7143 11.3.1

enum class TaskOutcome : uint8_t {
  pending,         // not finished
  answered,        // the target answered; scsi_status, sense and the residual say what
  target_failure,  // an iSCSI response other than "completed at target" (RFC 7143 11.4.3): the command may have had
                   // effects
  rejected,        // a Reject PDU named it (11.17): it was not carried out
  aborted,         // task management ended it: it may have had effects
  lost,  // given back by abandon() unanswered: where was_sent is true it may have had effects or still have them
};

struct ScsiTask : ListNode<ScsiTask> {
  // Filled in by the submitter; unchanged until the task comes back.
  uint64_t lun = 0;  // the 8-byte LUN field as a big-endian number (scsi/lun.h)
  std::array<uint8_t, 16> cdb{};
  DataDirection direction = DataDirection::none;
  TaskAttribute attribute = TaskAttribute::simple;
  std::span<const iovec>
      data;  // any alignment, empty pieces allowed; neither array nor bounds change until the task is back
  uint32_t data_bytes = 0;  // the expected transfer length; at most the sum of `data`
  void* owner = nullptr;    // the submitter's, not looked at

  // Filled in by the session before the task comes back.
  TaskOutcome outcome = TaskOutcome::pending;
  uint8_t scsi_status = 0;
  uint8_t iscsi_response = 0;   // the response or reject code behind target_failure and rejected
  bool was_sent = false;        // at least part of the command may have reached the target
  bool is_overflow = false;     // the target had residual_bytes more than data_bytes
  uint32_t residual_bytes = 0;  // as the target reported it
  // Reads: bytes that arrived, in order from the start of `data`. Writes: data_bytes less the residual. Believe this
  // number, not the residual: GOOD with transferred_bytes < data_bytes is a short transfer.
  uint32_t transferred_bytes = 0;
  // For people, where was_sent is true: when its command was laid into the send stream, its data was last asked for
  // (R2T), and its first data arrived, where more was to follow. 0: that did not happen.
  uint64_t sent_ns = 0;
  uint64_t r2t_ns = 0;
  uint64_t first_data_ns = 0;
  uint16_t sense_bytes = 0;
  std::array<uint8_t, 96> sense_storage{};  // the start of the sense data; longer sense is cut

  ByteView sense() const { return ByteView(sense_storage).first(sense_bytes); }

  // The session's while it holds the task.
  uint32_t task_tag = 0;
};

enum class TaskFunction : uint8_t {  // RFC 7143 11.5.1
  abort_task = 1,
  abort_task_set = 2,
  clear_aca = 3,
  clear_task_set = 4,
  logical_unit_reset = 5,
  target_warm_reset = 6,
};

enum class TaskFunctionResponse : uint8_t {  // RFC 7143 11.6.1
  complete = 0,
  no_such_task = 1,
  no_such_lun = 2,
  still_allegiant = 3,
  reassign_unsupported = 4,
  unsupported = 5,
  authorization_failed = 6,
  rejected = 255,
  lost = 254,  // ours: given back by abandon_management(), nothing is known
};

struct TaskManagement : ListNode<TaskManagement> {
  // Filled in by the submitter.
  TaskFunction function = TaskFunction::logical_unit_reset;
  uint64_t lun = 0;
  ScsiTask* task = nullptr;  // abort_task: the task meant, submitted to this session and not yet given back
  void* owner = nullptr;

  // Filled in by the session.
  TaskFunctionResponse response = TaskFunctionResponse::lost;
  bool is_finished = false;

  // The session's while it holds the function.
  uint32_t task_tag = 0;
};

}  // namespace laneway::iscsi
