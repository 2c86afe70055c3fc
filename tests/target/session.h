#pragma once
// A session of the fake target and the tasks (SCSI commands) in it. Tasks outlive the session that brought them, as on
// real targets. Owned by the FakeTarget, its thread.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "target/scsi_disk.h"
#include "target/wire.h"

namespace laneway::fake {

// What login negotiated.
struct SessionTerms {
  Digests digests;
  uint32_t send_segment_max = 8192;  // the initiator's MaxRecvDataSegmentLength
  uint32_t burst_max = 262144;
  uint32_t first_burst_max = 65536;
  uint32_t outstanding_r2t_max = 1;
  bool initial_r2t = true;
  bool immediate_data = true;
};

struct Attention {
  uint64_t lun = 0;
  uint8_t asc = 0;
  uint8_t ascq = 0;
  friend bool operator==(const Attention&, const Attention&) = default;
};

struct Session {
  uint32_t number = 0;  // TSIH too
  uint16_t port = 1;    // relative target port identifier
  bool is_discovery = false;
  std::string initiator;
  std::array<uint8_t, 6> isid{};
  SessionTerms terms;
  std::vector<Attention> attentions;
};

struct Task {
  // Identity
  uint32_t session = 0;
  uint32_t tag = 0;
  uint64_t lun = 0;
  Cdb cdb{};
  OpFilter op = OpFilter::any;
  // Data
  bool is_read = false;
  bool is_write = false;
  uint32_t expected_bytes = 0;
  Bytes payload;  // written by the initiator, or a reply that is not on the disk; keeps its room between uses
  uint32_t received_bytes = 0;
  uint32_t asked_bytes = 0;      // how far R2Ts reach
  bool has_unsolicited = false;  // more comes without being asked for
  uint32_t unsolicited_sn = 0;
  uint32_t r2t_count = 0;
  // Execution
  uint64_t due_ns = 0;
  uint64_t order = 0;
  uint64_t landed_bytes = 0;
  bool is_accepted = false;  // all data is here: its effect may come at any time
  bool is_killed = false;
  bool is_mute = false;       // its effect comes, its answer does not
  uint32_t fence = 0;         // the waiting fence request that it holds up
  bool is_scheduled = false;  // on the target's timeline
  ScsiOutcome outcome;
  // Answer
  ByteView source;               // what Data-In PDUs carry
  uint64_t available_bytes = 0;  // what the command had to give, for the residual
  uint32_t missing_bytes = 0;    // scripted short read
  uint32_t sent_bytes = 0;
  uint32_t data_sn = 0;
};

struct FenceRequest {
  uint32_t number = 0;
  uint32_t session = 0;
  uint32_t tag = 0;  // of the request itself
  uint8_t function = 0;
  uint64_t lun = 0;
  uint32_t task_tag = 0;  // ABORT TASK
};

}  // namespace laneway::fake
