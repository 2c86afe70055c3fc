#include "loadgen/disk_shape.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "virtio/blk.h"

namespace laneway {

Result<DiskShape> decode_disk_shape(ByteView config, uint64_t features) {
  if (config.size() < DiskShape::kConfigBytes) {
    return fail(ErrorCode::protocol, "its config space has {} bytes, less than {}", config.size(),
                DiskShape::kConfigBytes);
  }
  BlkConfigWire wire;
  std::memcpy(writable_bytes_of(wire).data(), config.data(), DiskShape::kConfigBytes);
  if (wire.capacity_sectors > UINT64_MAX / kBlkSectorBytes) {
    return fail(ErrorCode::protocol, "its capacity of {} sectors is beyond counting", wire.capacity_sectors);
  }
  DiskShape shape;
  shape.capacity_bytes = wire.capacity_sectors * kBlkSectorBytes;
  shape.is_read_only = (features & blk_feature::kReadOnly) != 0;
  if ((features & blk_feature::kBlkSize) != 0) shape.block_bytes = wire.blk_size;
  if (shape.block_bytes < kBlkSectorBytes || !std::has_single_bit(shape.block_bytes)) {
    return fail(ErrorCode::protocol, "its block size of {} bytes is no power of two from 512", shape.block_bytes);
  }
  if ((features & blk_feature::kSizeMax) != 0) shape.segment_bytes_max = wire.size_max;
  if ((features & blk_feature::kSegMax) != 0) shape.segments_max = wire.seg_max;
  if ((features & blk_feature::kMultiQueue) != 0) shape.queues_max = std::max<uint32_t>(1, wire.queues);
  return shape;
}

}  // namespace laneway
