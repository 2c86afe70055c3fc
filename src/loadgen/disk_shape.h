#pragma once
// DiskShape is what a virtio-blk disk says about itself in its feature bits and its config space, as far as a driver
// that reads and writes cares; decode_disk_shape() makes it of foreign bytes and refuses nonsense. Plain data; any
// thread.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace laneway {

struct DiskShape {
  static constexpr size_t kConfigBytes = 60;  // up to and with the write-zeroes fields

  uint64_t capacity_bytes = 0;
  uint32_t block_bytes = 512;
  uint32_t segment_bytes_max = 0;  // 0: no limit
  uint32_t segments_max = 0;       // 0: no limit
  uint32_t queues_max = 1;
  bool is_read_only = false;
};

// `features` as offered by the disk.
Result<DiskShape> decode_disk_shape(ByteView config, uint64_t features);

}  // namespace laneway
