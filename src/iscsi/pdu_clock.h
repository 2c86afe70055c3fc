#pragma once
// PduClock notices a target that begins a PDU and never ends it: a byte now and then is a sign of life for the
// KeepAlive, and holds the session, its tasks and the memory of one of them for ever. Owned by a Session; home reactor
// only.

#include <cstdint>

#include "base/units.h"

namespace laneway::iscsi {

class PduClock {
 public:
  // An honest target that is cut off in the middle of a PDU is found by the pings before this is over.
  explicit PduClock(uint64_t limit_ns) : limit_ns_(limit_ns) {}

  // After each receive: whether a PDU is there in part, and how many whole ones there have been.
  void look(bool is_partial, uint64_t pdus, uint64_t now_ns) {
    if (is_partial && pdus == pdus_ && is_running_) return;
    is_running_ = is_partial;
    pdus_ = pdus;
    begun_ns_ = now_ns;
  }
  bool is_late(uint64_t now_ns) const { return now_ns >= next_deadline_ns(); }
  uint64_t next_deadline_ns() const { return is_running_ ? begun_ns_ + limit_ns_ : kNever; }

 private:
  // Fixed after construction
  uint64_t limit_ns_;
  // Home reactor only
  uint64_t begun_ns_ = 0;
  uint64_t pdus_ = 0;
  bool is_running_ = false;
};

}  // namespace laneway::iscsi
