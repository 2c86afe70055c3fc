#include "loadgen/disk_shape.h"

#include <algorithm>
#include <bit>

namespace laneway {

namespace {

constexpr uint64_t kSectorBytes = 512;

// virtio 1.2, 5.2.4: where fields lie in the config space.
constexpr size_t kCapacityAt = 0;
constexpr size_t kSizeMaxAt = 8;
constexpr size_t kSegMaxAt = 12;
constexpr size_t kBlockSizeAt = 20;
constexpr size_t kQueuesAt = 34;

}  // namespace

Result<DiskShape> decode_disk_shape(ByteView config, uint64_t features) {
  if (config.size() < DiskShape::kConfigBytes) {
    return fail(ErrorCode::protocol, "its config space has {} bytes, less than {}", config.size(),
                DiskShape::kConfigBytes);
  }
  DiskShape shape;
  const auto sectors = load_le<uint64_t>(config, kCapacityAt);
  if (sectors > UINT64_MAX / kSectorBytes) {
    return fail(ErrorCode::protocol, "its capacity of {} sectors is beyond counting", sectors);
  }
  shape.capacity_bytes = sectors * kSectorBytes;
  shape.is_read_only = (features & kBlkReadOnly) != 0;
  if ((features & kBlkBlockSize) != 0) shape.block_bytes = load_le<uint32_t>(config, kBlockSizeAt);
  if (shape.block_bytes < kSectorBytes || !std::has_single_bit(shape.block_bytes)) {
    return fail(ErrorCode::protocol, "its block size of {} bytes is no power of two from 512", shape.block_bytes);
  }
  if ((features & kBlkSizeMax) != 0) shape.segment_bytes_max = load_le<uint32_t>(config, kSizeMaxAt);
  if ((features & kBlkSegMax) != 0) shape.segments_max = load_le<uint32_t>(config, kSegMaxAt);
  if ((features & kBlkMultiQueue) != 0) shape.queues_max = std::max<uint32_t>(1, load_le<uint16_t>(config, kQueuesAt));
  return shape;
}

}  // namespace laneway
