#include "scsi/capacity.h"

namespace laneway::scsi {
namespace {

constexpr size_t kCapacity16BytesMin = 12;  // older disks return no more
constexpr uint32_t kBlockBytesMax = 1024 * 1024;

Result<void> check(const Capacity& capacity) {
  const bool is_power_of_two = capacity.block_bytes != 0 && (capacity.block_bytes & (capacity.block_bytes - 1)) == 0;
  if (!is_power_of_two || capacity.block_bytes > kBlockBytesMax) {
    return fail(ErrorCode::unsupported, "the disk has blocks of {} bytes, which is no power of two up to {}",
                capacity.block_bytes, kBlockBytesMax);
  }
  if (capacity.blocks == 0 || capacity.blocks > UINT64_MAX / capacity.block_bytes) {
    return fail(ErrorCode::protocol, "the disk reports a capacity beyond 2^64 bytes");
  }
  return {};
}

}  // namespace

Result<Capacity> decode_read_capacity_16(ByteView bytes) {
  if (bytes.size() < kCapacity16BytesMin) {
    return fail(ErrorCode::protocol, "the disk's READ CAPACITY (16) data is cut off after {} bytes", bytes.size());
  }
  Capacity capacity;
  capacity.blocks = load_be<uint64_t>(bytes, 0) + 1;  // the last address; all ones wraps to 0, which check() refuses
  capacity.block_bytes = load_be<uint32_t>(bytes, 8);
  if (auto checked = check(capacity); !checked) return pass_on(checked);
  capacity.physical_block_bytes = capacity.block_bytes;
  if (bytes.size() < 16) return capacity;
  capacity.has_protection = (bytes[12] & 0x01) != 0;
  const uint32_t exponent = bytes[13] & 0x0f;
  if (uint64_t{capacity.block_bytes} << exponent <= kBlockBytesMax) capacity.physical_block_bytes <<= exponent;
  capacity.is_thin = (bytes[14] & 0x80) != 0;
  capacity.reads_zero_when_unmapped = (bytes[14] & 0x40) != 0;
  return capacity;
}

Result<Capacity> decode_read_capacity_10(ByteView bytes) {
  if (bytes.size() < kReadCapacity10Bytes) {
    return fail(ErrorCode::protocol, "the disk's READ CAPACITY (10) data is cut off after {} bytes", bytes.size());
  }
  Capacity capacity;
  capacity.blocks = uint64_t{load_be<uint32_t>(bytes, 0)} + 1;
  capacity.block_bytes = load_be<uint32_t>(bytes, 4);
  if (auto checked = check(capacity); !checked) return pass_on(checked);
  capacity.physical_block_bytes = capacity.block_bytes;
  return capacity;
}

}  // namespace laneway::scsi
