#pragma once
// DiskShape is what a virtio-blk disk says about itself in its feature bits and its config space, as far as a driver
// that reads and writes cares; decode_disk_shape() makes it of foreign bytes and refuses nonsense. Plain data; any
// thread.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace laneway {

// Feature bits (virtio 1.2, 5.2.3 and 6; vhost-user's own is 30).
inline constexpr uint64_t kBlkSizeMax = uint64_t{1} << 1;
inline constexpr uint64_t kBlkSegMax = uint64_t{1} << 2;
inline constexpr uint64_t kBlkReadOnly = uint64_t{1} << 5;
inline constexpr uint64_t kBlkBlockSize = uint64_t{1} << 6;
inline constexpr uint64_t kBlkFlush = uint64_t{1} << 9;
inline constexpr uint64_t kBlkMultiQueue = uint64_t{1} << 12;
inline constexpr uint64_t kRingIndirect = uint64_t{1} << 28;
inline constexpr uint64_t kRingEventIdx = uint64_t{1} << 29;
inline constexpr uint64_t kVhostUserProtocol = uint64_t{1} << 30;
inline constexpr uint64_t kVersion1 = uint64_t{1} << 32;

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
