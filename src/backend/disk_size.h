#pragma once
// The checks that every back-end makes of sizes an operator gives: the block size is one we offer, and the capacity is
// a whole number of blocks. Any thread.

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace laneway {

// The largest disk: offsets stay positive as off_t and in sectors of 512 bytes.
constexpr uint64_t kCapacityBytesMax = uint64_t{1} << 62;

// `disk` names the disk in the message.
Result<void> check_block_size(std::string_view disk, uint32_t block_bytes);
Result<void> check_disk_size(std::string_view disk, uint64_t capacity_bytes, uint32_t block_bytes);

}  // namespace laneway
