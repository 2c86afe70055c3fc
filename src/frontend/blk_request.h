#pragma once
// From a virtio-blk request as the guest wrote it to a BlockRequest that a back-end may rely on: type, range,
// alignment, read-only and limits are checked here, once, for every type. Pure functions. Any thread.

#include <cstdint>

#include "block/block.h"
#include "virtio/blk.h"

namespace laneway {

// What one device answers and refuses; made from the geometry, the function's options and what the guest negotiated.
struct BlkLimits {
  uint64_t capacity_sectors = 0;
  uint32_t block_sectors = 1;  // 512-byte sectors in a logical block
  bool is_read_only = false;
  bool is_writethrough = false;
  bool can_discard = false;
  bool can_write_zeroes = false;
  uint32_t discard_sectors_max = 0;
  uint32_t write_zeroes_sectors_max = 0;
  friend bool operator==(const BlkLimits&, const BlkLimits&) = default;
};

// The most data that one request may carry; what we announce (SEG_MAX times SIZE_MAX) stays below it.
inline constexpr uint64_t kBlkDataBytesMax = 128 * kMiB;
inline constexpr uint32_t kBlkSizeMaxBytes = 1u << 20;

enum class BlkOutcome : uint8_t {
  submit,  // the BlockRequest is filled in but for segments, deadline and owner; `data` are its segments
  get_id,  // to be answered with the serial number into from_device
  finish,  // to be finished at once with `status`
};

struct BlkPrepared {
  BlkOutcome outcome = BlkOutcome::finish;
  BlkStatus status = BlkStatus::ok;
  std::span<const iovec> data;
};

BlkPrepared prepare_blk_request(const BlkRequestView& view, const BlkLimits& limits, BlockRequest& out);

BlkStatus encode_blk_status(Status status);

}  // namespace laneway
