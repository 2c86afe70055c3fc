// Any 48 bytes decode to something, as every kind of PDU, and what Laneway encodes decodes to the same framing.
#include <algorithm>
#include <array>

#include "base/testing/accepted_inputs.h"
#include "iscsi/crc32c.h"
#include "iscsi/pdu.h"

namespace {

bool is_targets(laneway::iscsi::Opcode opcode) {
  using enum laneway::iscsi::Opcode;
  constexpr std::array kKnown = {nop_in,        scsi_response, task_management_response, login_response,
                                 text_response, data_in,       logout_response,          r2t,
                                 async_message, reject};
  return std::find(kKnown.begin(), kKnown.end(), opcode) != kKnown.end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace laneway;
  using namespace laneway::iscsi;
  const ByteView bytes(data, size);
  Crc32c crc;
  crc.update(bytes);
  LW_ASSERT(crc32c_by_table(~uint32_t{0}, bytes) == ~crc.value());
  if (size < kBhsBytes) return 0;
  const Bhs bhs = bytes.first<kBhsBytes>();
  const PduHeader header = decode_header(bhs);
  LW_ASSERT(header.ahs_bytes <= kAhsBytesMax && header.data_bytes <= kDataSegmentBytesMax);
  if (is_targets(header.opcode)) laneway::testing::AcceptedInputs::count();
  const TargetNumbers numbers = decode_numbers(bhs);
  const DataInPdu data_in = decode_data_in(bhs);
  const R2tPdu r2t = decode_r2t(bhs);
  const LoginResponsePdu login = decode_login_response(bhs);
  const ScsiResponsePdu response = decode_scsi_response(bhs);
  const LogoutResponsePdu logout = decode_logout_response(bhs);
  const AsyncPdu async = decode_async(bhs);
  LW_ASSERT(login.current_stage < 4 && login.next_stage < 4);

  std::array<uint8_t, kBhsBytes> out;
  encode_data_out(out,
                  {.is_final = data_in.has_status,
                   .data_bytes = header.data_bytes,
                   .lun = header.lun,
                   .task_tag = header.task_tag,
                   .transfer_tag = r2t.transfer_tag,
                   .data_sn = data_in.data_sn,
                   .offset_bytes = r2t.offset_bytes},
                  numbers.stat_sn);
  const PduHeader again = decode_header(out);
  LW_ASSERT(again.opcode == Opcode::data_out && again.data_bytes == header.data_bytes && again.lun == header.lun);
  LW_ASSERT(again.task_tag == header.task_tag && decode_r2t(out).offset_bytes == r2t.offset_bytes);
  encode_scsi_command(out,
                      {.data_bytes = header.data_bytes,
                       .lun = header.lun,
                       .task_tag = header.task_tag,
                       .expected_bytes = response.residual_bytes,
                       .cdb = bytes.first<16>()},
                      {numbers.exp_cmd_sn, numbers.stat_sn});
  LW_ASSERT(std::equal(data, data + 16, out.begin() + 32));
  return logout.response == async.event && response.is_overflow ? 0 : 0;
}
