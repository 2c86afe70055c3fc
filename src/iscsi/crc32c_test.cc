#include "iscsi/crc32c.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "base/random.h"

namespace laneway::iscsi {
namespace {

struct Vector {
  const char* name;
  std::vector<uint8_t> bytes;
  uint32_t crc;
};

std::vector<Vector> rfc_vectors() {
  std::vector<uint8_t> up(32), down(32);
  std::iota(up.begin(), up.end(), uint8_t{0});
  for (size_t i = 0; i < down.size(); ++i) down[i] = static_cast<uint8_t>(31 - i);
  std::vector<uint8_t> read_pdu(48);
  const std::pair<size_t, uint8_t> filled[] = {{0, 0x01},  {1, 0xc0},  {16, 0x14}, {22, 0x04},
                                               {27, 0x14}, {31, 0x18}, {32, 0x28}, {40, 0x02}};
  for (const auto& [offset, value] : filled) read_pdu[offset] = value;
  return {{"32 zeros", std::vector<uint8_t>(32, 0), 0x8a9136aa},
          {"32 ones", std::vector<uint8_t>(32, 0xff), 0x62a8ab43},
          {"32 counting up", up, 0x46dd794e},
          {"32 counting down", down, 0x113fdb5c},
          {"a SCSI read PDU", read_pdu, 0xd9963a56}};
}

TEST(Crc32c, GivesTheValuesOfRfc7143AppendixA4) {
  for (const Vector& vector : rfc_vectors()) EXPECT_EQ(crc32c(vector.bytes), vector.crc) << vector.name;
}

TEST(Crc32c, TableAndInstructionAgreeAtEveryLength) {
  if (!has_crc32c_instruction()) GTEST_SKIP() << "this CPU has no CRC32C instruction";
  Random random(1);
  std::vector<uint8_t> bytes(300);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  for (size_t length = 0; length <= bytes.size(); ++length) {
    const ByteView part = ByteView(bytes).first(length);
    ASSERT_EQ(crc32c_by_table(7, part), crc32c_by_instruction(7, part)) << length;
  }
}

TEST(Crc32c, InPartsGivesTheValueOfTheWhole) {
  for (const Vector& vector : rfc_vectors()) {
    for (size_t cut = 0; cut <= vector.bytes.size(); ++cut) {
      Crc32c crc;
      crc.update(ByteView(vector.bytes).first(cut));
      crc.update(ByteView(vector.bytes).subspan(cut));
      ASSERT_EQ(crc.value(), vector.crc) << vector.name << " cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace laneway::iscsi
