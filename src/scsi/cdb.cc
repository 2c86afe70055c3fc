#include "scsi/cdb.h"

namespace laneway::scsi {
namespace {

constexpr uint8_t kEnableVpd = 0x01;                // INQUIRY byte 1
constexpr uint8_t kDisableBlockDescriptors = 0x08;  // MODE SENSE byte 1
constexpr uint8_t kReadCapacity16 = 0x10;           // service action
constexpr uint8_t kForceUnitAccess = 0x08;          // WRITE byte 1
constexpr uint8_t kWriteSameUnmap = 0x08;           // WRITE SAME byte 1

Cdb begin(Opcode opcode) { return {static_cast<uint8_t>(opcode)}; }

Cdb encode_range_16(Opcode opcode, uint64_t lba, uint32_t blocks) {
  Cdb cdb = begin(opcode);
  store_be<uint64_t>(cdb, 2, lba);
  store_be<uint32_t>(cdb, 10, blocks);
  return cdb;
}

}  // namespace

Cdb encode_test_unit_ready() { return begin(Opcode::test_unit_ready); }

Cdb encode_inquiry(uint16_t allocation_bytes) {
  Cdb cdb = begin(Opcode::inquiry);
  store_be<uint16_t>(cdb, 3, allocation_bytes);
  return cdb;
}

Cdb encode_inquiry_vpd(VpdPage page, uint16_t allocation_bytes) {
  Cdb cdb = encode_inquiry(allocation_bytes);
  cdb[1] = kEnableVpd;
  cdb[2] = static_cast<uint8_t>(page);
  return cdb;
}

Cdb encode_read_capacity_10() { return begin(Opcode::read_capacity_10); }

Cdb encode_read_capacity_16(uint32_t allocation_bytes) {
  Cdb cdb = begin(Opcode::service_action_in_16);
  cdb[1] = kReadCapacity16;
  store_be<uint32_t>(cdb, 10, allocation_bytes);
  return cdb;
}

Cdb encode_report_luns(uint32_t allocation_bytes) {
  Cdb cdb = begin(Opcode::report_luns);
  store_be<uint32_t>(cdb, 6, allocation_bytes);
  return cdb;
}

Cdb encode_mode_sense_6(uint8_t page, uint8_t allocation_bytes) {
  Cdb cdb = begin(Opcode::mode_sense_6);
  cdb[1] = kDisableBlockDescriptors;
  cdb[2] = page;
  cdb[4] = allocation_bytes;
  return cdb;
}

Cdb encode_mode_sense_10(uint8_t page, uint16_t allocation_bytes) {
  Cdb cdb = begin(Opcode::mode_sense_10);
  cdb[1] = kDisableBlockDescriptors;
  cdb[2] = page;
  store_be<uint16_t>(cdb, 7, allocation_bytes);
  return cdb;
}

Cdb encode_read_16(uint64_t lba, uint32_t blocks) { return encode_range_16(Opcode::read_16, lba, blocks); }

Cdb encode_write_16(uint64_t lba, uint32_t blocks, bool is_fua) {
  Cdb cdb = encode_range_16(Opcode::write_16, lba, blocks);
  if (is_fua) cdb[1] = kForceUnitAccess;
  return cdb;
}

Cdb encode_synchronize_cache_10(uint32_t lba, uint16_t blocks) {
  Cdb cdb = begin(Opcode::synchronize_cache_10);
  store_be<uint32_t>(cdb, 2, lba);
  store_be<uint16_t>(cdb, 7, blocks);
  return cdb;
}

Cdb encode_synchronize_cache_16(uint64_t lba, uint32_t blocks) {
  return encode_range_16(Opcode::synchronize_cache_16, lba, blocks);
}

Cdb encode_unmap(uint16_t parameter_list_bytes) {
  Cdb cdb = begin(Opcode::unmap);
  store_be<uint16_t>(cdb, 7, parameter_list_bytes);
  return cdb;
}

Cdb encode_write_same_16(uint64_t lba, uint32_t blocks, bool is_unmap) {
  Cdb cdb = encode_range_16(Opcode::write_same_16, lba, blocks);
  if (is_unmap) cdb[1] = kWriteSameUnmap;
  return cdb;
}

std::array<uint8_t, kUnmapHeaderBytes + kUnmapRangeBytes> encode_unmap_list(UnmapRange range) {
  std::array<uint8_t, kUnmapHeaderBytes + kUnmapRangeBytes> list{};
  store_be<uint16_t>(list, 0, static_cast<uint16_t>(list.size() - 2));  // what follows this field
  store_be<uint16_t>(list, 2, kUnmapRangeBytes);
  store_be<uint64_t>(list, 8, range.lba);
  store_be<uint32_t>(list, 16, range.blocks);
  return list;
}

}  // namespace laneway::scsi
