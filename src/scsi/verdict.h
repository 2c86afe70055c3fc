#pragma once
// What an answer of a disk means for the command and for the disk: the one table from (SCSI status, sense) to an action
// and a block Status. Free functions, any thread.

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "scsi/sense.h"

namespace laneway::scsi {

enum class ScsiStatus : uint8_t {  // SAM-5 5.3
  good = 0x00,
  check_condition = 0x02,
  condition_met = 0x04,
  busy = 0x08,
  reservation_conflict = 0x18,
  task_set_full = 0x28,
  aca_active = 0x30,
  task_aborted = 0x40,
};

enum class Action : uint8_t {
  done,  // finish with `status` (ok, or an error that repeating does not mend)
  // A unit attention was reported instead: the command was not carried out, send it again. Bound the number of times.
  retry_now,
  retry_later,  // busy, task set full, becoming ready: send it again after a pause, up to the deadline
};

// Every flag is news about the disk, whatever happens to the command.
struct Verdict {
  Action action = Action::done;
  Status status = Status::ok;         // the final status where action is done, or where retries run out
  bool has_capacity_changed = false;  // 2A/09: read the capacity again
  bool has_lun_list_changed = false;  // 3F/0E
  bool has_identity_changed =
      false;  // 3F/05 device identifier changed, 3F/03 inquiry data changed: check page 0x83 again
  bool has_access_changed = false;    // 2A/06: ask for the target port groups again
  bool is_port_inaccessible = false;  // 04/0A, 04/0B, 04/0C: another path may reach the disk now
  bool was_reset = false;             // 29/xx: unflushed writes may be gone, reservations too
  bool were_tasks_cleared = false;    // 2F/xx: tasks under way may have ended without an answer
  bool is_gone = false;               // 25/00: no such logical unit any more
  bool is_not_ready = false;          // 02/xx: nothing is carried out for now
  bool is_out_of_space = false;       // 27/07: the thin pool is full
  bool is_space_low = false;          // 38/07: it soon will be
  bool is_unsupported = false;        // 20/00 or 24/00, 26/00: the disk does not know the command or a field of it
  bool is_write_protected = false;    // 27/xx except no space
};

Verdict judge(uint8_t scsi_status, ByteView sense);
// The same for decoded sense of CHECK CONDITION (also of asynchronous events).
Verdict judge_sense(const Sense& sense);

}  // namespace laneway::scsi
