#include "scsi/verdict.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace laneway::scsi {
namespace {

std::vector<uint8_t> fixed_sense(uint8_t key, uint8_t asc, uint8_t ascq, uint8_t response_code = 0x70) {
  std::vector<uint8_t> bytes(18);
  bytes[0] = response_code;
  bytes[2] = key;
  bytes[7] = 10;
  bytes[12] = asc;
  bytes[13] = ascq;
  return bytes;
}

TEST(Sense, DecodesFixedFormat) {
  std::vector<uint8_t> bytes = fixed_sense(0x63, 0x11, 0x04, 0xf0);
  store_be<uint32_t>(bytes, 3, 0x01020304);
  const auto sense = decode_sense(bytes);  // SPC-5 4.4.3
  ASSERT_TRUE(sense);
  EXPECT_EQ(sense->key, SenseKey::medium_error);
  EXPECT_EQ(sense->code(), 0x1104);
  EXPECT_EQ(sense->information, 0x01020304u);
  EXPECT_FALSE(sense->is_deferred);
  bytes[0] = 0x71;
  EXPECT_TRUE(decode_sense(bytes)->is_deferred);
  EXPECT_FALSE(decode_sense(bytes)->information);
}

TEST(Sense, DecodesDescriptorFormat) {
  // SPC-5 4.4.2: a descriptor of another type, then the information descriptor.
  const std::vector<uint8_t> bytes{0x72, 0x05, 0x21, 0x00, 0, 0, 0, 18, 0x02, 4, 0, 0, 0,
                                   0,    0x00, 10,   0x80, 0, 0, 0, 0,  1,    2, 3, 4, 5};
  const auto sense = decode_sense(bytes);
  ASSERT_TRUE(sense);
  EXPECT_EQ(sense->key, SenseKey::illegal_request);
  EXPECT_EQ(sense->code(), 0x2100);
  EXPECT_EQ(sense->information, 0x0000000102030405u);
}

TEST(Sense, TakesWhatIsThereOfCutData) {
  const std::vector<uint8_t> whole = fixed_sense(6, 0x29, 0x01);
  for (size_t size = 0; size <= whole.size(); ++size) {
    const auto sense = decode_sense(ByteView(whole).first(size));
    ASSERT_EQ(sense.has_value(), size >= 3) << size;
    if (!sense) continue;
    EXPECT_EQ(sense->key, SenseKey::unit_attention);
    EXPECT_EQ(sense->asc, size > 12 ? 0x29 : 0) << size;
    EXPECT_EQ(sense->ascq, size > 13 ? 0x01 : 0) << size;
  }
  std::vector<uint8_t> short_claim = whole;
  short_claim[7] = 4;  // additional length: no code follows
  EXPECT_EQ(decode_sense(short_claim)->code(), 0);
  const std::vector<uint8_t> descriptors{0x72, 6, 0x2a, 0x09, 0, 0, 0, 255, 0x00, 10, 0x80};
  for (size_t size = 0; size <= descriptors.size(); ++size) {
    EXPECT_EQ(decode_sense(ByteView(descriptors).first(size)).has_value(), size >= 4) << size;
  }
}

TEST(Sense, RefusesOtherFormats) {
  for (const int code : {0x00, 0x6f, 0x74, 0x7f}) {
    EXPECT_FALSE(decode_sense(fixed_sense(6, 0x29, 0, static_cast<uint8_t>(code))));
  }
}

TEST(Sense, IsDescribedForPeople) {
  EXPECT_EQ(describe_sense(*decode_sense(fixed_sense(6, 0x29, 0))), "unit attention 29/00 (power on or reset)");
  EXPECT_EQ(describe_sense(*decode_sense(fixed_sense(3, 0x77, 1, 0x71))),
            "medium error 77/01, about an earlier command");
}

TEST(Verdict, JudgesStatuses) {
  const struct {
    uint8_t status;
    Action action;
    Status result;
  } cases[] = {{0x00, Action::done, Status::ok},
               {0x04, Action::done, Status::ok},
               {0x08, Action::retry_later, Status::io_error},
               {0x28, Action::retry_later, Status::io_error},
               {0x30, Action::retry_later, Status::io_error},
               {0x40, Action::retry_later, Status::io_error},
               {0x18, Action::done, Status::reservation_conflict},
               {0x02, Action::done, Status::io_error},  // CHECK CONDITION without sense
               {0x55, Action::done, Status::io_error}};
  for (const auto& entry : cases) {
    const Verdict verdict = judge(entry.status, {});
    EXPECT_EQ(verdict.action, entry.action) << int{entry.status};
    EXPECT_EQ(verdict.status, entry.result) << int{entry.status};
  }
}

TEST(Verdict, JudgesSense) {
  const auto now = Action::retry_now;
  const auto later = Action::retry_later;
  const auto done = Action::done;
  const struct {
    const char* what;
    std::array<uint8_t, 3> sense;  // key, code, qualifier
    Action action;
    Status status;
  } cases[] = {
      {"no sense", {0, 0, 0}, done, Status::ok},
      {"recovered", {1, 0x17, 1}, done, Status::ok},
      {"becoming ready", {2, 4, 1}, later, Status::io_error},
      {"ALUA transition", {2, 4, 0x0a}, later, Status::io_error},
      {"standby", {2, 4, 0x0b}, later, Status::io_error},
      {"space allocation in progress", {2, 4, 0x14}, later, Status::io_error},
      {"manual intervention", {2, 4, 3}, done, Status::io_error},
      {"no medium", {2, 0x3a, 0}, later, Status::io_error},
      {"read error", {3, 0x11, 0}, done, Status::medium_error},
      {"write error", {3, 0x0c, 0}, done, Status::medium_error},
      {"hardware", {4, 0x44, 0}, done, Status::io_error},
      {"unknown command", {5, 0x20, 0}, done, Status::unsupported},
      {"invalid field", {5, 0x24, 0}, done, Status::unsupported},
      {"invalid parameter", {5, 0x26, 0}, done, Status::unsupported},
      {"out of range", {5, 0x21, 0}, done, Status::out_of_range},
      {"LUN gone", {5, 0x25, 0}, now, Status::io_error},
      {"other illegal", {5, 0x2c, 0}, done, Status::io_error},
      {"reset", {6, 0x29, 0}, now, Status::io_error},
      {"nexus loss", {6, 0x29, 7}, now, Status::io_error},
      {"capacity changed", {6, 0x2a, 9}, now, Status::io_error},
      {"cleared by another", {6, 0x2f, 0}, now, Status::io_error},
      {"soft threshold", {6, 0x38, 7}, now, Status::io_error},
      {"write protected", {7, 0x27, 0}, done, Status::read_only},
      {"out of space", {7, 0x27, 7}, later, Status::no_space},
      {"blank", {8, 0, 0}, done, Status::medium_error},
      {"copy aborted", {0xa, 0, 0}, done, Status::io_error},
      {"aborted", {0xb, 0, 0}, later, Status::io_error},
      {"protection information", {0xb, 0x10, 1}, done, Status::io_error},
      {"volume overflow", {0xd, 0, 0}, done, Status::no_space},
      {"miscompare", {0xe, 0x1d, 0}, done, Status::io_error},
      {"completed", {0xf, 0, 0}, done, Status::ok},
  };
  for (const auto& entry : cases) {
    const Verdict verdict = judge(0x02, fixed_sense(entry.sense[0], entry.sense[1], entry.sense[2]));
    EXPECT_EQ(verdict.action, entry.action) << entry.what;
    EXPECT_EQ(verdict.status, entry.status) << entry.what;
  }
}

TEST(Verdict, BringsTheNews) {
  EXPECT_TRUE(judge(2, fixed_sense(6, 0x2a, 0x09)).has_capacity_changed);
  EXPECT_TRUE(judge(2, fixed_sense(6, 0x3f, 0x0e)).has_lun_list_changed);
  EXPECT_TRUE(judge(2, fixed_sense(6, 0x3f, 0x03)).has_identity_changed);
  EXPECT_TRUE(judge(2, fixed_sense(6, 0x3f, 0x05)).has_identity_changed);
  EXPECT_TRUE(judge(2, fixed_sense(6, 0x29, 0x02)).was_reset);
  EXPECT_FALSE(judge(2, fixed_sense(6, 0x2a, 0x09)).was_reset);
  EXPECT_TRUE(judge(2, fixed_sense(5, 0x25, 0)).is_gone);
  EXPECT_TRUE(judge(2, fixed_sense(2, 0x3a, 0)).is_not_ready);
  EXPECT_TRUE(judge(2, fixed_sense(2, 4, 2)).is_not_ready);
  EXPECT_TRUE(judge(2, fixed_sense(6, 0x38, 7)).is_space_low);
  EXPECT_TRUE(judge(2, fixed_sense(7, 0x27, 7)).is_out_of_space);
  EXPECT_FALSE(judge(2, fixed_sense(7, 0x27, 7)).is_write_protected);
  EXPECT_TRUE(judge(2, fixed_sense(5, 0x20, 0)).is_unsupported);
  EXPECT_TRUE(judge(2, fixed_sense(7, 0x27, 0)).is_write_protected);
  EXPECT_FALSE(judge(2, fixed_sense(7, 0x27, 7)).is_write_protected);
}

TEST(Verdict, NeverTakesADeferredErrorForSuccess) {
  EXPECT_EQ(judge(2, fixed_sense(3, 0x0c, 0, 0x71)).status, Status::medium_error);
  EXPECT_EQ(judge(2, fixed_sense(4, 0x44, 0, 0x71)).status, Status::io_error);
  EXPECT_EQ(judge(2, fixed_sense(6, 0x29, 0, 0x71)).action, Action::done);
  EXPECT_EQ(judge(2, fixed_sense(1, 0x17, 0, 0x71)).status, Status::ok);
}

}  // namespace
}  // namespace laneway::scsi
