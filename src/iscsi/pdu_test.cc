#include "iscsi/pdu.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace laneway::iscsi {
namespace {

using Header = std::array<uint8_t, kBhsBytes>;

// A header whose byte n is n, so that a field shows where it was read.
Header counting() {
  Header header;
  std::iota(header.begin(), header.end(), uint8_t{0});
  return header;
}

TEST(PduDecode, ReadsTheFieldsOfRfc7143Section11) {
  const Header bhs = counting();
  const PduHeader header = decode_header(bhs);
  EXPECT_EQ(header.opcode, Opcode::nop_out);
  EXPECT_EQ(header.flags, 1);
  EXPECT_EQ(header.ahs_bytes, 16u);
  EXPECT_EQ(header.data_bytes, 0x050607u);
  EXPECT_EQ(header.lun, 0x08090a0b0c0d0e0fu);
  EXPECT_EQ(header.task_tag, 0x10111213u);
  EXPECT_EQ(decode_transfer_tag(bhs), 0x14151617u);
  const TargetNumbers numbers = decode_numbers(bhs);
  EXPECT_EQ(numbers.stat_sn, 0x18191a1bu);
  EXPECT_EQ(numbers.exp_cmd_sn, 0x1c1d1e1fu);
  EXPECT_EQ(numbers.max_cmd_sn, 0x20212223u);
  EXPECT_EQ(decode_data_in(bhs).data_sn, 0x24252627u);
  EXPECT_EQ(decode_data_in(bhs).offset_bytes, 0x28292a2bu);
  EXPECT_EQ(decode_data_in(bhs).residual_bytes, 0x2c2d2e2fu);
  EXPECT_EQ(decode_data_in(bhs).scsi_status, 3);
  EXPECT_TRUE(decode_data_in(bhs).has_status);
  EXPECT_EQ(decode_scsi_response(bhs).response, 2);
  EXPECT_EQ(decode_scsi_response(bhs).scsi_status, 3);
  EXPECT_EQ(decode_scsi_response(bhs).residual_bytes, 0x2c2d2e2fu);
  EXPECT_EQ(decode_r2t(bhs).r2t_sn, 0x24252627u);
  EXPECT_EQ(decode_r2t(bhs).length_bytes, 0x2c2d2e2fu);
  EXPECT_EQ(decode_logout_response(bhs).time_to_wait_s, 0x2829);
  EXPECT_EQ(decode_async(bhs).event, 0x24);
  EXPECT_EQ(decode_async(bhs).parameter2, 0x2829);
  EXPECT_EQ(decode_async(bhs).parameter3, 0x2a2b);
  const LoginResponsePdu login = decode_login_response(bhs);
  EXPECT_EQ(login.version_active, 3);
  EXPECT_EQ(login.isid, (Isid{8, 9, 10, 11, 12, 13}));
  EXPECT_EQ(login.tsih, 0x0e0f);
  EXPECT_EQ(login.status_class, 0x24);
  EXPECT_EQ(login.status_detail, 0x25);
}

TEST(PduDecode, ReadsTheFlags) {
  Header bhs{};
  bhs[1] = 0x04;
  EXPECT_TRUE(decode_data_in(bhs).is_overflow);
  EXPECT_FALSE(decode_data_in(bhs).is_underflow);
  bhs[1] = 0x02;
  EXPECT_TRUE(decode_scsi_response(bhs).is_underflow);
  EXPECT_FALSE(decode_scsi_response(bhs).is_overflow);
  bhs[1] = 0x80 | 1 << 2 | 3;
  EXPECT_TRUE(decode_login_response(bhs).is_transit);
  EXPECT_FALSE(decode_login_response(bhs).is_continued);
  EXPECT_EQ(decode_login_response(bhs).current_stage, 1);
  EXPECT_EQ(decode_login_response(bhs).next_stage, 3);
}

TEST(PduEncode, WritesTheWholeHeader) {
  const std::array<uint8_t, 16> cdb{0x88, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  Header out;
  out.fill(0xff);
  encode_scsi_command(out,
                      {.is_final = false,
                       .is_read = true,
                       .is_write = true,
                       .attribute = 3,
                       .data_bytes = 0x123456,
                       .lun = 0x0102030405060708,
                       .task_tag = 0x11121314,
                       .expected_bytes = 0x21222324,
                       .cdb = cdb},
                      {.cmd_sn = 0x31323334, .exp_stat_sn = 0x41424344});
  const Header command{0x01, 0x63, 0,    0,    0,    0x12, 0x34, 0x56, 1,    2,    3,    4,    5,    6,    7,    8,
                       0x11, 0x12, 0x13, 0x14, 0x21, 0x22, 0x23, 0x24, 0x31, 0x32, 0x33, 0x34, 0x41, 0x42, 0x43, 0x44,
                       0x88, 1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15};
  EXPECT_EQ(out, command);

  out.fill(0xff);
  encode_data_out(
      out,
      {.is_final = true, .data_bytes = 5, .lun = 1, .task_tag = 2, .transfer_tag = 3, .data_sn = 4, .offset_bytes = 6},
      7);
  Header data_out{0x05, 0x80};
  data_out[7] = 5;
  data_out[15] = 1;
  data_out[19] = 2;
  data_out[23] = 3;
  data_out[31] = 7;
  data_out[39] = 4;
  data_out[43] = 6;
  EXPECT_EQ(out, data_out);

  out.fill(0xff);
  encode_task_management(out, {.function = 1, .lun = 1, .task_tag = 2, .referenced_tag = 3, .referenced_cmd_sn = 4},
                         {5, 6});
  Header management{0x42, 0x81};
  management[15] = 1;
  management[19] = 2;
  management[23] = 3;
  management[27] = 5;
  management[31] = 6;
  management[35] = 4;
  EXPECT_EQ(out, management);

  out.fill(0xff);
  encode_login(out,
               {.is_transit = true,
                .current_stage = 1,
                .next_stage = 3,
                .isid = {1, 2, 3, 4, 5, 6},
                .tsih = 7,
                .task_tag = 8,
                .data_bytes = 9},
               {10, 11});
  Header login{0x43, 0x87};
  login[7] = 9;
  for (uint8_t i = 0; i < 6; ++i) login[8u + i] = static_cast<uint8_t>(i + 1);
  login[15] = 7;
  login[19] = 8;
  login[27] = 10;
  login[31] = 11;
  EXPECT_EQ(out, login);
}

TEST(PduEncode, WritesTheRequestsWithoutTasks) {
  Header out;
  out.fill(0xff);
  encode_text(out, {.is_final = true, .task_tag = 1, .transfer_tag = 2, .data_bytes = 3}, {4, 5});
  Header text{0x44, 0x80};
  text[7] = 3;
  text[19] = 1;
  text[23] = 2;
  text[27] = 4;
  text[31] = 5;
  EXPECT_EQ(out, text);

  out.fill(0xff);
  encode_nop_out(out, {.lun = 1, .task_tag = 2, .transfer_tag = 3}, {4, 5});
  Header nop{0x40, 0x80};
  nop[15] = 1;
  nop[19] = 2;
  nop[23] = 3;
  nop[27] = 4;
  nop[31] = 5;
  EXPECT_EQ(out, nop);

  out.fill(0xff);
  encode_logout(out, 1, {2, 3});
  Header logout{0x46, 0x80};
  logout[19] = 1;
  logout[27] = 2;
  logout[31] = 3;
  EXPECT_EQ(out, logout);
}

TEST(Serial, ComparesAcrossTheWrap) {
  EXPECT_TRUE(sn_before(1, 2));
  EXPECT_FALSE(sn_before(2, 2));
  EXPECT_TRUE(sn_before(UINT32_MAX, 0));
  EXPECT_FALSE(sn_before(0, UINT32_MAX));
}

}  // namespace
}  // namespace laneway::iscsi
