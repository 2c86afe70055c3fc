#pragma once
// The script of a fake target: which faults it shows, when and how often. A fault waits for its occasion (a connection,
// a login, a command, a response), lets the first `after` occasions pass and shows itself `count` times. Owned by the
// FakeTarget, its thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace laneway::fake {

enum class FaultKind : uint8_t {
  // Occasion: a new connection
  drop_in,   // value: bytes received until the connection ends
  drop_out,  // value: bytes sent until the connection ends
  refuse,    // the connection ends at once
  // Occasion: a login request
  redirect,      // text: HOST:PORT; value 1: permanently
  login_refuse,  // value: status class << 8 | detail
  login_silent,  // never answered
  // Occasion: a SCSI command (filtered by op)
  drop,            // the connection ends when the command arrives
  silent,          // nothing is sent on this connection from here on
  reject,          // value: reason of the Reject PDU
  status,          // value: SCSI status: 0x08 busy, 0x28 task set full, 0x18 reservation conflict
  sense,           // value: key << 16 | asc << 8 | ascq
  unit_attention,  // value: asc << 8 | ascq; the command was not executed
  delay,           // value: nanoseconds until it is executed
  late_write,      // value: nanoseconds until the accepted write lands; the connection ends at once
  forget_write,    // answered, but never lands: a broken target
  short_read,      // value: bytes missing at the end of the data, with the residual told
  lie,             // text: its name, see hostility.h
  // Occasion: a PDU sent (filtered by op where it belongs to a command)
  bad_header_digest,
  bad_payload_digest,
  wrong_tag,     // an initiator task tag that was never used
  wrong_offset,  // Data-In at an offset that was not asked for
  oversized,     // a Data-In PDU longer than the initiator takes
  split,         // value: bytes a Data-In PDU carries at most
  // Occasion: a task management request
  ignore_fence,  // answered "complete", but the tasks run on: a broken target
  refuse_fence,  // value: response code
  silent_fence,  // never answered
  // Occasion: a NOP-Out that asks for an answer
  mute_nop,
};

// Which commands a fault is for.
enum class OpFilter : uint8_t { any, read, write, flush, inquiry, discard, other };

struct Fault {
  FaultKind kind = FaultKind::drop;
  uint64_t value = 0;
  OpFilter op = OpFilter::any;
  uint32_t after = 0;  // occasions that pass unharmed first
  uint32_t count = 1;  // how often it shows itself; 0: always
  std::string text;
};

// "KIND[:key=value,...]" with keys value (with suffixes us, ms, s, k, m), op, after, count, text;
// "drop-in:value=64k,count=0".
Result<Fault> read_fault(std::string_view spec);

class FaultScript {
 public:
  void add(const Fault& fault) { faults_.push_back(fault); }
  void clear() { faults_.clear(); }
  bool empty() const { return faults_.empty(); }
  size_t size() const { return faults_.size(); }

  // An occasion: the fault that shows itself now, or none.
  std::optional<Fault> fire(FaultKind kind, OpFilter op = OpFilter::any);
  uint64_t fired_count() const { return fired_; }

 private:
  std::vector<Fault> faults_;
  uint64_t fired_ = 0;
};

}  // namespace laneway::fake
