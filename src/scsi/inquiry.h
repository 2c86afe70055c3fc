#pragma once
// Standard INQUIRY data and the VPD pages that describe a disk's limits (SPC-5 6.6, 7.7; SBC-4 6.6), decoded from bytes
// of the target. Identification (page 0x83) is in identity.h. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "scsi/cdb.h"

namespace laneway::scsi {

constexpr uint8_t kPeripheralDisk = 0x00;
constexpr uint8_t kPeripheralNone = 0x1f;

struct StandardInquiry {
  uint8_t qualifier = 0;  // 0: connected; 1: supported but not connected; 3: no such logical unit
  uint8_t device_type = kPeripheralNone;
  uint8_t version = 0;
  bool has_command_queuing = false;
  uint8_t target_port_groups = 0;  // TPGS, byte 5 bits 5-4: 0 no ALUA
  std::string vendor;              // printable, trimmed; so are the two below
  std::string product;
  std::string revision;

  bool is_usable_disk() const { return qualifier == 0 && device_type == kPeripheralDisk; }
};
Result<StandardInquiry> decode_standard_inquiry(ByteView bytes);

// Page 0x00: the pages the disk has.
Result<std::vector<uint8_t>> decode_supported_pages(ByteView bytes);
// Page 0x80: printable, trimmed.
Result<std::string> decode_unit_serial_number(ByteView bytes);

// Page 0xB0. Counts are in logical blocks; 0 means not reported, or no limit.
struct BlockLimits {
  uint32_t max_transfer_blocks = 0;
  uint32_t optimal_transfer_blocks = 0;
  uint16_t optimal_granularity_blocks = 0;
  uint32_t max_unmap_blocks = 0;  // 0: the page says nothing or UNMAP is not supported; UINT32_MAX: no limit
  uint32_t max_unmap_ranges = 0;
  uint32_t unmap_granularity_blocks = 0;
  std::optional<uint32_t> unmap_alignment_blocks;
  uint64_t max_write_same_blocks = 0;
  bool is_write_same_zero_refused = false;  // WSNZ: a count of 0 is refused
};
Result<BlockLimits> decode_block_limits(ByteView bytes);

// Page 0xB2.
struct Provisioning {
  bool has_unmap = false;                // LBPU: UNMAP
  bool has_write_same_16_unmap = false;  // LBPWS
  uint8_t reads_zero_when_unmapped = 0;  // LBPRZ
  uint8_t type = 0;                      // 1 resource (full), 2 thin
};
Result<Provisioning> decode_provisioning(ByteView bytes);

}  // namespace laneway::scsi
