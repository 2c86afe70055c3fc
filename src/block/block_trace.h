#pragma once
// BlockTrace is what a back-end with a target tells of one request that is traced: when its command went out and was
// answered, and what it waited for on the way. A plain value; times are those of the reactor's turns.

#include <cstdint>

namespace laneway {

struct BlockTrace {
  static constexpr uint32_t kNoPath = UINT32_MAX;

  // Of the last command that was sent for it; 0: none was, or nothing of the kind came.
  uint64_t sent_ns = 0;
  uint64_t r2t_ns = 0;         // a write: the target asked for its data, the last time
  uint64_t first_data_ns = 0;  // a read: the first data arrived
  uint64_t answered_ns = 0;
  uint32_t task_tag = 0;
  uint32_t path = kNoPath;       // that it was sent over
  uint32_t lost_path = kNoPath;  // that was lost while it was under way there, the last time
  uint16_t queue = 0;            // of the function: with the path it names the session
  uint8_t replays = 0;           // times that it was sent again over a new session or another path
  uint8_t retries = 0;           // times that the target turned it away

  // How long it waited; no two of these overlap, and none overlaps the time with the target.
  uint64_t slot_ns = 0;     // for one of the queue's places: as many requests as may be were under way
  uint64_t window_ns = 0;   // for the target's command window, or room to send
  uint64_t path_ns = 0;     // for a path, and for an answer that was lost with its path
  uint64_t fence_ns = 0;    // until what was lost could no longer take effect
  uint64_t busy_ns = 0;     // because the target was busy
  uint64_t earlier_ns = 0;  // not a wait: the target's time for commands of this request before the last
};

}  // namespace laneway
