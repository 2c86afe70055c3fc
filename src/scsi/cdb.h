#pragma once
// Command descriptor blocks of the commands that Laneway sends (SPC-5, SBC-4), always in 16 bytes; shorter ones end in
// zeros. Lengths are in logical blocks where a parameter says `blocks`, else in bytes. Free functions, any thread.

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace laneway::scsi {

using Cdb = std::array<uint8_t, 16>;

enum class Opcode : uint8_t {
  test_unit_ready = 0x00,
  inquiry = 0x12,
  mode_sense_6 = 0x1a,
  read_capacity_10 = 0x25,
  synchronize_cache_10 = 0x35,
  unmap = 0x42,
  mode_sense_10 = 0x5a,
  read_16 = 0x88,
  write_16 = 0x8a,
  synchronize_cache_16 = 0x91,
  write_same_16 = 0x93,
  service_action_in_16 = 0x9e,
  report_luns = 0xa0,
};

enum class VpdPage : uint8_t {
  supported_pages = 0x00,
  unit_serial_number = 0x80,
  device_identification = 0x83,
  block_limits = 0xb0,
  logical_block_provisioning = 0xb2,
};

Cdb encode_test_unit_ready();
Cdb encode_inquiry(uint16_t allocation_bytes);
Cdb encode_inquiry_vpd(VpdPage page, uint16_t allocation_bytes);
Cdb encode_read_capacity_10();                                      // 8 bytes of data
Cdb encode_read_capacity_16(uint32_t allocation_bytes);             // 32 bytes of data
Cdb encode_report_luns(uint32_t allocation_bytes);                  // at least 16
Cdb encode_mode_sense_6(uint8_t page, uint8_t allocation_bytes);    // block descriptors disabled
Cdb encode_mode_sense_10(uint8_t page, uint16_t allocation_bytes);  // block descriptors disabled

Cdb encode_read_16(uint64_t lba, uint32_t blocks);
Cdb encode_write_16(uint64_t lba, uint32_t blocks, bool is_fua);
// blocks 0: to the end of the disk.
Cdb encode_synchronize_cache_10(uint32_t lba, uint16_t blocks);
Cdb encode_synchronize_cache_16(uint64_t lba, uint32_t blocks);
// The list of ranges travels as data: encode_unmap_list().
Cdb encode_unmap(uint16_t parameter_list_bytes);
// One block of data is repeated; with is_unmap the range may be deallocated where it then reads as that data.
Cdb encode_write_same_16(uint64_t lba, uint32_t blocks, bool is_unmap);

struct UnmapRange {
  uint64_t lba = 0;
  uint32_t blocks = 0;
};
constexpr size_t kUnmapHeaderBytes = 8;
constexpr size_t kUnmapRangeBytes = 16;
// The parameter list of UNMAP (SBC-4 5.32.2) of one range.
std::array<uint8_t, kUnmapHeaderBytes + kUnmapRangeBytes> encode_unmap_list(UnmapRange range);

}  // namespace laneway::scsi
