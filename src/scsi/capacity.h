#pragma once
// READ CAPACITY (10) and (16) parameter data (SBC-4 5.15, 5.16): how large a disk is and how its blocks are laid out.
// Decoded from bytes of the target; bounded by them. Any thread.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace laneway::scsi {

struct Capacity {
  uint64_t blocks = 0;
  uint32_t block_bytes = 512;             // as the disk says; the caller decides what it accepts
  uint32_t physical_block_bytes = 512;    // block_bytes << LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT
  bool is_thin = false;                   // LBPME: provisioning management
  bool reads_zero_when_unmapped = false;  // LBPRZ
  bool has_protection = false;            // PROT_EN
};

constexpr size_t kReadCapacity10Bytes = 8;
constexpr size_t kReadCapacity16Bytes = 32;

Result<Capacity> decode_read_capacity_16(ByteView bytes);
// `blocks` is 2^32 where the disk is too large for this command: ask READ CAPACITY (16).
Result<Capacity> decode_read_capacity_10(ByteView bytes);

}  // namespace laneway::scsi
