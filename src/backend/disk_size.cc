#include "backend/disk_size.h"

namespace laneway {

Result<void> check_block_size(std::string_view disk, uint32_t block_bytes) {
  if (block_bytes == 512 || block_bytes == 4096) return {};
  return fail(ErrorCode::invalid_argument, "{}: block size {} is not offered; use 512 or 4096", disk, block_bytes);
}

Result<void> check_disk_size(std::string_view disk, uint64_t capacity_bytes, uint32_t block_bytes) {
  if (capacity_bytes == 0) return fail(ErrorCode::invalid_argument, "{}: size is 0; give one block or more", disk);
  if (capacity_bytes > kCapacityBytesMax) {
    return fail(ErrorCode::invalid_argument, "{}: size {} is larger than any disk here can be ({} bytes)", disk,
                capacity_bytes, kCapacityBytesMax);
  }
  if (capacity_bytes % block_bytes != 0) {
    return fail(ErrorCode::invalid_argument,
                "{}: size {} is not a multiple of the block size {}; round it, or choose another block size", disk,
                capacity_bytes, block_bytes);
  }
  return {};
}

}  // namespace laneway
