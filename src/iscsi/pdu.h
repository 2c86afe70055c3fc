#pragma once
// iSCSI protocol data units: the 48-byte basic header segment (RFC 7143 11) of every PDU that a target may send,
// decoded in place by loads, and of every PDU that Laneway sends, encoded in place. What the numbers mean is checked by
// whoever asks for them. Free functions, any thread.

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "iscsi/options.h"

namespace laneway::iscsi {

constexpr size_t kBhsBytes = 48;
constexpr size_t kAhsBytesMax = 255 * 4;
constexpr size_t kDataSegmentBytesMax = (1u << 24) - 1;
constexpr uint32_t kReservedTag = 0xffffffff;

using Bhs = std::span<const uint8_t, kBhsBytes>;
using BhsSpan = std::span<uint8_t, kBhsBytes>;

enum class Opcode : uint8_t {
  nop_out = 0x00,
  scsi_command = 0x01,
  task_management = 0x02,
  login = 0x03,
  text = 0x04,
  data_out = 0x05,
  logout = 0x06,
  nop_in = 0x20,
  scsi_response = 0x21,
  task_management_response = 0x22,
  login_response = 0x23,
  text_response = 0x24,
  data_in = 0x25,
  logout_response = 0x26,
  r2t = 0x31,
  async_message = 0x32,
  reject = 0x3f,
};

constexpr size_t padded(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

// Serial numbers wrap: a comes before b (RFC 1982).
constexpr bool sn_before(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }

// ---- From the target ----

struct PduHeader {
  Opcode opcode{};
  uint8_t flags = 0;  // byte 1
  uint32_t ahs_bytes = 0;
  uint32_t data_bytes = 0;  // without padding
  uint64_t lun = 0;
  uint32_t task_tag = 0;
};
inline PduHeader decode_header(Bhs bhs) {
  return {.opcode = static_cast<Opcode>(bhs[0] & 0x3f),
          .flags = bhs[1],
          .ahs_bytes = uint32_t{bhs[4]} * 4,
          .data_bytes = load_be24(bhs, 5),
          .lun = load_be<uint64_t>(bhs, 8),
          .task_tag = load_be<uint32_t>(bhs, 16)};
}

// At the same place in every PDU of a target.
struct TargetNumbers {
  uint32_t stat_sn = 0;
  uint32_t exp_cmd_sn = 0;
  uint32_t max_cmd_sn = 0;
};
inline TargetNumbers decode_numbers(Bhs bhs) {
  return {load_be<uint32_t>(bhs, 24), load_be<uint32_t>(bhs, 28), load_be<uint32_t>(bhs, 32)};
}
inline uint32_t decode_transfer_tag(Bhs bhs) { return load_be<uint32_t>(bhs, 20); }

struct DataInPdu {  // 11.7
  bool has_status = false;
  bool is_overflow = false;
  bool is_underflow = false;
  uint8_t scsi_status = 0;
  uint32_t data_sn = 0;
  uint32_t offset_bytes = 0;
  uint32_t residual_bytes = 0;
};
inline DataInPdu decode_data_in(Bhs bhs) {
  return {.has_status = (bhs[1] & 0x01) != 0,
          .is_overflow = (bhs[1] & 0x04) != 0,
          .is_underflow = (bhs[1] & 0x02) != 0,
          .scsi_status = bhs[3],
          .data_sn = load_be<uint32_t>(bhs, 36),
          .offset_bytes = load_be<uint32_t>(bhs, 40),
          .residual_bytes = load_be<uint32_t>(bhs, 44)};
}

struct ScsiResponsePdu {  // 11.4
  bool is_overflow = false;
  bool is_underflow = false;
  uint8_t response = 0;
  uint8_t scsi_status = 0;
  uint32_t residual_bytes = 0;
};
inline ScsiResponsePdu decode_scsi_response(Bhs bhs) {
  return {.is_overflow = (bhs[1] & 0x04) != 0,
          .is_underflow = (bhs[1] & 0x02) != 0,
          .response = bhs[2],
          .scsi_status = bhs[3],
          .residual_bytes = load_be<uint32_t>(bhs, 44)};
}

struct R2tPdu {  // 11.8
  uint32_t transfer_tag = 0;
  uint32_t r2t_sn = 0;
  uint32_t offset_bytes = 0;
  uint32_t length_bytes = 0;
};
inline R2tPdu decode_r2t(Bhs bhs) {
  return {load_be<uint32_t>(bhs, 20), load_be<uint32_t>(bhs, 36), load_be<uint32_t>(bhs, 40),
          load_be<uint32_t>(bhs, 44)};
}

struct LoginResponsePdu {  // 11.13
  bool is_transit = false;
  bool is_continued = false;
  uint8_t current_stage = 0;
  uint8_t next_stage = 0;
  uint8_t version_active = 0;
  Isid isid{};
  uint16_t tsih = 0;
  uint8_t status_class = 0;
  uint8_t status_detail = 0;
};
inline LoginResponsePdu decode_login_response(Bhs bhs) {
  return {.is_transit = (bhs[1] & 0x80) != 0,
          .is_continued = (bhs[1] & 0x40) != 0,
          .current_stage = static_cast<uint8_t>(bhs[1] >> 2 & 3),
          .next_stage = static_cast<uint8_t>(bhs[1] & 3),
          .version_active = bhs[3],
          .isid = {bhs[8], bhs[9], bhs[10], bhs[11], bhs[12], bhs[13]},
          .tsih = load_be<uint16_t>(bhs, 14),
          .status_class = bhs[36],
          .status_detail = bhs[37]};
}

struct LogoutResponsePdu {  // 11.15
  uint8_t response = 0;
  uint16_t time_to_wait_s = 0;
};
inline LogoutResponsePdu decode_logout_response(Bhs bhs) { return {bhs[2], load_be<uint16_t>(bhs, 40)}; }

struct AsyncPdu {  // 11.9
  uint8_t event = 0;
  uint16_t parameter2 = 0;
  uint16_t parameter3 = 0;
};
inline AsyncPdu decode_async(Bhs bhs) { return {bhs[36], load_be<uint16_t>(bhs, 40), load_be<uint16_t>(bhs, 42)}; }

// ---- To the target. Each fills in the whole header. ----

// What every request but Data-Out carries; ExpStatSN is in all.
struct RequestNumbers {
  uint32_t cmd_sn = 0;
  uint32_t exp_stat_sn = 0;
};

struct ScsiCommandPdu {  // 11.3
  bool is_final = true;  // no unsolicited Data-Out follows
  bool is_read = false;
  bool is_write = false;
  uint8_t attribute = 1;
  uint32_t data_bytes = 0;  // immediate data
  uint64_t lun = 0;
  uint32_t task_tag = 0;
  uint32_t expected_bytes = 0;
  std::span<const uint8_t, 16> cdb;
};
void encode_scsi_command(BhsSpan out, const ScsiCommandPdu& pdu, RequestNumbers numbers);

struct DataOutPdu {  // 11.7
  bool is_final = true;
  uint32_t data_bytes = 0;
  uint64_t lun = 0;
  uint32_t task_tag = 0;
  uint32_t transfer_tag = kReservedTag;
  uint32_t data_sn = 0;
  uint32_t offset_bytes = 0;
};
void encode_data_out(BhsSpan out, const DataOutPdu& pdu, uint32_t exp_stat_sn);

struct TaskManagementPdu {  // 11.5
  uint8_t function = 0;
  uint64_t lun = 0;
  uint32_t task_tag = 0;
  uint32_t referenced_tag = kReservedTag;
  uint32_t referenced_cmd_sn = 0;
};
void encode_task_management(BhsSpan out, const TaskManagementPdu& pdu, RequestNumbers numbers);

struct LoginPdu {  // 11.12
  bool is_transit = false;
  uint8_t current_stage = 0;
  uint8_t next_stage = 0;
  Isid isid{};
  uint16_t tsih = 0;
  uint32_t task_tag = 0;
  uint32_t data_bytes = 0;
};
void encode_login(BhsSpan out, const LoginPdu& pdu, RequestNumbers numbers);

struct TextPdu {  // 11.10
  bool is_final = true;
  uint32_t task_tag = 0;
  uint32_t transfer_tag = kReservedTag;
  uint32_t data_bytes = 0;
};
void encode_text(BhsSpan out, const TextPdu& pdu, RequestNumbers numbers);

struct NopOutPdu {  // 11.18
  uint64_t lun = 0;
  uint32_t task_tag = kReservedTag;
  uint32_t transfer_tag = kReservedTag;
};
void encode_nop_out(BhsSpan out, const NopOutPdu& pdu, RequestNumbers numbers);

// 11.14, reason 0: close the session.
void encode_logout(BhsSpan out, uint32_t task_tag, RequestNumbers numbers);

}  // namespace laneway::iscsi
