#pragma once
// SlowRequest is what the flight recorder keeps of one request that was slow: what it was, where its time went, and
// what the target did when. A plain value of fixed size; durations in microseconds, which hold 71 minutes.

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/status.h"
#include "base/units.h"
#include "block/block.h"
#include "block/block_trace.h"
#include "frontend/io_stages.h"

namespace laneway {

constexpr uint32_t micros_of(uint64_t duration_ns) {
  return static_cast<uint32_t>(std::min<uint64_t>(duration_ns / kMicrosecond, UINT32_MAX));
}

struct SlowRequest {
  static constexpr uint32_t kUnknown = UINT32_MAX;

  uint64_t end_ns = 0;  // monotonic
  uint64_t offset_bytes = 0;
  uint64_t length_bytes = 0;
  std::array<uint32_t, kIoStages> stages_us{};  // by IoStage; the ring's may be kUnknown
  // Of the stages path, engine and target: what it waited for
  uint32_t slot_us = 0;
  uint32_t window_us = 0;
  uint32_t lost_us = 0;
  uint32_t fence_us = 0;
  uint32_t busy_us = 0;
  // Since it was taken from its ring; kUnknown: did not happen
  uint32_t sent_us = kUnknown;
  uint32_t r2t_us = kUnknown;
  uint32_t first_data_us = kUnknown;
  uint32_t answered_us = kUnknown;
  uint32_t task_tag = 0;
  uint32_t path = BlockTrace::kNoPath;
  uint32_t lost_path = BlockTrace::kNoPath;
  Status status = Status::ok;
  uint16_t ring = 0;
  uint16_t queue = 0;
  BlockOp op = BlockOp::read;
  uint8_t held_by = 0;
  uint8_t replays = 0;
  uint8_t retries = 0;
  uint8_t has_target = 0;  // a back-end with a target told about it
  std::array<uint8_t, 2> spare{};

  uint32_t stage_us(IoStage stage) const { return stages_us[static_cast<size_t>(stage)]; }
};

}  // namespace laneway
