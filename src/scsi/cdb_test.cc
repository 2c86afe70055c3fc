#include "scsi/cdb.h"

#include <gtest/gtest.h>

#include "scsi/lun.h"

namespace laneway::scsi {
namespace {

TEST(Cdb, EncodesEveryCommandAsItsStandardHasIt) {
  const struct {
    const char* clause;
    Cdb cdb;
    Cdb expected;
  } cases[] = {
      {"SPC-5 6.47 TEST UNIT READY", encode_test_unit_ready(), {0x00}},
      {"SPC-5 6.6 INQUIRY", encode_inquiry(0x1234), {0x12, 0, 0, 0x12, 0x34}},
      {"SPC-5 6.6 INQUIRY, EVPD", encode_inquiry_vpd(VpdPage::block_limits, 255), {0x12, 1, 0xb0, 0, 255}},
      {"SBC-4 5.15 READ CAPACITY (10)", encode_read_capacity_10(), {0x25}},
      {"SBC-4 5.16 READ CAPACITY (16)", encode_read_capacity_16(32), {0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32}},
      {"SPC-5 6.33 REPORT LUNS", encode_report_luns(0x01020304), {0xa0, 0, 0, 0, 0, 0, 1, 2, 3, 4}},
      {"SPC-5 6.14 MODE SENSE (6)", encode_mode_sense_6(8, 255), {0x1a, 0x08, 8, 0, 255}},
      {"SPC-5 6.15 MODE SENSE (10)", encode_mode_sense_10(0x3f, 0x0102), {0x5a, 0x08, 0x3f, 0, 0, 0, 0, 1, 2}},
      {"SBC-4 5.13 READ (16)",
       encode_read_16(0x0102030405060708, 0x11121314),
       {0x88, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14}},
      {"SBC-4 5.41 WRITE (16)",
       encode_write_16(0x0102030405060708, 0x11121314, false),
       {0x8a, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14}},
      {"SBC-4 5.41 WRITE (16), FUA", encode_write_16(1, 2, true), {0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}},
      {"SBC-4 5.29 SYNCHRONIZE CACHE (10)",
       encode_synchronize_cache_10(0x01020304, 0x0506),
       {0x35, 0, 1, 2, 3, 4, 0, 5, 6}},
      {"SBC-4 5.30 SYNCHRONIZE CACHE (16)",
       encode_synchronize_cache_16(1, 2),
       {0x91, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}},
      {"SBC-4 5.32 UNMAP", encode_unmap(24), {0x42, 0, 0, 0, 0, 0, 0, 0, 24}},
      {"SBC-4 5.53 WRITE SAME (16)", encode_write_same_16(1, 2, false), {0x93, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}},
      {"SBC-4 5.53 WRITE SAME (16), UNMAP",
       encode_write_same_16(1, 2, true),
       {0x93, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}},
  };
  for (const auto& entry : cases) EXPECT_EQ(entry.cdb, entry.expected) << entry.clause;
}

TEST(Cdb, EncodesTheUnmapListOfSbc4Table) {
  const std::array<uint8_t, 24> expected{0, 22, 0, 16, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14};
  EXPECT_EQ(encode_unmap_list({.lba = 0x0102030405060708, .blocks = 0x11121314}), expected);
}

TEST(Lun, UsesPeripheralAddressingBelow256AndFlatAbove) {
  const struct {
    uint32_t number;
    uint64_t field;
  } cases[] = {{0, 0},
               {1, 0x0001000000000000},
               {255, 0x00ff000000000000},
               {256, 0x4100000000000000},
               {16383, 0x7fff000000000000}};
  for (const auto& entry : cases) {
    EXPECT_EQ(encode_lun(entry.number), entry.field);
    EXPECT_EQ(decode_lun(entry.field), entry.number);
  }
}

TEST(Lun, DecodesSmallFlatNumbersAndRefusesOtherMethods) {
  EXPECT_EQ(decode_lun(0x4005000000000000), 5u);            // SAM-5 4.7.7.3
  EXPECT_EQ(decode_lun(0x0100000000000000), std::nullopt);  // another bus
  EXPECT_EQ(decode_lun(0x8001000000000000), std::nullopt);  // logical unit addressing
  EXPECT_EQ(decode_lun(0xc101000000000000), std::nullopt);  // well-known logical unit
  EXPECT_EQ(decode_lun(0x0001000100000000), std::nullopt);  // a second level
}

}  // namespace
}  // namespace laneway::scsi
