#include "iscsi/pdu.h"

namespace laneway::iscsi {
namespace {

constexpr uint8_t kImmediate = 0x40;  // byte 0: does not take a CmdSN (RFC 7143 11.2.1.1)
constexpr uint8_t kFinal = 0x80;      // byte 1

void begin(BhsSpan out, Opcode opcode, uint8_t first_byte_flags, uint8_t flags) {
  std::memset(out.data(), 0, out.size());
  out[0] = static_cast<uint8_t>(static_cast<uint8_t>(opcode) | first_byte_flags);
  out[1] = flags;
}

void store_numbers(BhsSpan out, RequestNumbers numbers) {
  store_be<uint32_t>(out, 24, numbers.cmd_sn);
  store_be<uint32_t>(out, 28, numbers.exp_stat_sn);
}

}  // namespace

void encode_scsi_command(BhsSpan out, const ScsiCommandPdu& pdu, RequestNumbers numbers) {
  const auto flags = static_cast<uint8_t>((pdu.is_final ? kFinal : 0) | (pdu.is_read ? 0x40 : 0) |
                                          (pdu.is_write ? 0x20 : 0) | (pdu.attribute & 7));
  begin(out, Opcode::scsi_command, 0, flags);
  store_be24(out, 5, pdu.data_bytes);
  store_be<uint64_t>(out, 8, pdu.lun);
  store_be<uint32_t>(out, 16, pdu.task_tag);
  store_be<uint32_t>(out, 20, pdu.expected_bytes);
  store_numbers(out, numbers);
  std::memcpy(out.data() + 32, pdu.cdb.data(), pdu.cdb.size());
}

void encode_data_out(BhsSpan out, const DataOutPdu& pdu, uint32_t exp_stat_sn) {
  begin(out, Opcode::data_out, 0, pdu.is_final ? kFinal : 0);
  store_be24(out, 5, pdu.data_bytes);
  store_be<uint64_t>(out, 8, pdu.lun);
  store_be<uint32_t>(out, 16, pdu.task_tag);
  store_be<uint32_t>(out, 20, pdu.transfer_tag);
  store_be<uint32_t>(out, 28, exp_stat_sn);
  store_be<uint32_t>(out, 36, pdu.data_sn);
  store_be<uint32_t>(out, 40, pdu.offset_bytes);
}

void encode_task_management(BhsSpan out, const TaskManagementPdu& pdu, RequestNumbers numbers) {
  begin(out, Opcode::task_management, kImmediate, static_cast<uint8_t>(kFinal | pdu.function));
  store_be<uint64_t>(out, 8, pdu.lun);
  store_be<uint32_t>(out, 16, pdu.task_tag);
  store_be<uint32_t>(out, 20, pdu.referenced_tag);
  store_numbers(out, numbers);
  store_be<uint32_t>(out, 32, pdu.referenced_cmd_sn);
}

void encode_login(BhsSpan out, const LoginPdu& pdu, RequestNumbers numbers) {
  const auto flags =
      static_cast<uint8_t>((pdu.is_transit ? 0x80 | (pdu.next_stage & 3) : 0) | (pdu.current_stage & 3) << 2);
  begin(out, Opcode::login, kImmediate, flags);
  store_be24(out, 5, pdu.data_bytes);
  std::memcpy(out.data() + 8, pdu.isid.data(), pdu.isid.size());
  store_be<uint16_t>(out, 14, pdu.tsih);
  store_be<uint32_t>(out, 16, pdu.task_tag);
  store_numbers(out, numbers);
}

void encode_text(BhsSpan out, const TextPdu& pdu, RequestNumbers numbers) {
  begin(out, Opcode::text, kImmediate, pdu.is_final ? kFinal : 0);
  store_be24(out, 5, pdu.data_bytes);
  store_be<uint32_t>(out, 16, pdu.task_tag);
  store_be<uint32_t>(out, 20, pdu.transfer_tag);
  store_numbers(out, numbers);
}

void encode_nop_out(BhsSpan out, const NopOutPdu& pdu, RequestNumbers numbers) {
  begin(out, Opcode::nop_out, kImmediate, kFinal);
  store_be<uint64_t>(out, 8, pdu.lun);
  store_be<uint32_t>(out, 16, pdu.task_tag);
  store_be<uint32_t>(out, 20, pdu.transfer_tag);
  store_numbers(out, numbers);
}

void encode_logout(BhsSpan out, uint32_t task_tag, RequestNumbers numbers) {
  begin(out, Opcode::logout, kImmediate, kFinal);
  store_be<uint32_t>(out, 16, task_tag);
  store_numbers(out, numbers);
}

}  // namespace laneway::iscsi
