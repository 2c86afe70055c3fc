#include "vhost_user/record.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

namespace laneway {
namespace {

UniqueFd event() { return UniqueFd(::eventfd(0, EFD_CLOEXEC)); }

DeviceRecord example() {
  DeviceRecord record;
  record.generation = 7;
  record.connection = event();
  record.is_owned = record.has_features = true;
  record.is_writeback = false;
  record.status = 15;
  record.features = 0x1'3000'0040;
  record.protocol_features = 0x1b229;
  record.regions.push_back({{GuestAddr{0}, 1 << 30, UserAddr{0x7f0000000000}, 4096}, event()});
  record.regions.push_back({{GuestAddr{1ull << 32}, 1 << 20, UserAddr{0x7f1000000000}, 0}, event()});
  for (int i = 0; i < 3; ++i) {
    RingRecord ring;
    ring.size = static_cast<uint16_t>(128 << i);
    ring.base = static_cast<uint16_t>(65535 - i);
    ring.has_addresses = ring.is_started = true;
    ring.is_enabled = i != 1;
    ring.descriptors = UserAddr{0x7f0000001000};
    ring.available = UserAddr{0x7f0000002000};
    ring.used = UserAddr{0x7f0000003000};
    ring.flags = 1;
    ring.log_guest_address = 77;
    ring.kick = event();
    if (i == 0) ring.call = event();
    record.rings.push_back(std::move(ring));
  }
  record.backend_request = event();
  record.inflight = InflightRecord{event(), true, 8192, 4096, 3, 512};
  record.is_broken = true;
  record.broken_reason = "ring 1: available index jumped";
  record.serial = 1ull << 40;
  record.consume_bytes = 20;
  record.is_settled = true;
  record.input = {1, 2, 3};
  record.input_descriptors.push_back(event());
  record.output = {9, 8, 7, 6};
  record.output_descriptors.push_back(event());
  return record;
}

std::vector<UniqueFd> copies(const EncodedRecord& encoded) {
  std::vector<UniqueFd> out;
  for (const int fd : encoded.descriptors) out.push_back(UniqueFd(::dup(fd)));
  return out;
}

TEST(DeviceRecord, SurvivesEncodingWithEverythingInIt) {
  const DeviceRecord record = example();
  const EncodedRecord encoded = encode_record(record);
  EXPECT_EQ(encoded.descriptors.size(), 11u);
  auto decoded = decode_record(encoded.bytes, copies(encoded));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  // Encoding is deterministic: the same bytes mean the same content.
  EXPECT_EQ(encode_record(*decoded).bytes, encoded.bytes);
  EXPECT_EQ(decoded->generation, 7u);
  EXPECT_EQ(decoded->rings[2].base, 65533u);
  EXPECT_FALSE(decoded->rings[1].is_enabled);
  EXPECT_FALSE(decoded->rings[1].call);
  EXPECT_TRUE(decoded->rings[0].call);
  EXPECT_EQ(decoded->regions[1].region, record.regions[1].region);
  EXPECT_EQ(decoded->inflight.queue_size, 512u);
  EXPECT_EQ(decoded->input, record.input);
  EXPECT_EQ(decoded->output_descriptors.size(), 1u);
  EXPECT_EQ(decoded->broken_reason, record.broken_reason);
  EXPECT_EQ(decoded->serial, record.serial);
  EXPECT_EQ(decoded->consume_bytes, 20u);
  EXPECT_TRUE(decoded->is_settled);
}

TEST(DeviceRecord, WhatAnEarlierVersionDidNotWriteHasItsDefault) {
  DeviceRecord record;
  record.serial = 9;
  record.is_broken = true;
  record.broken_reason = "why";
  EncodedRecord encoded = encode_record(record);
  encoded.bytes.resize(encoded.bytes.size() - (8 + 16) - (8 + 3));  // the two fields that it does not know
  auto decoded = decode_record(encoded.bytes, {});
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->serial, 0u);
  EXPECT_EQ(decoded->consume_bytes, 0u);
  EXPECT_FALSE(decoded->is_broken);
  EXPECT_FALSE(decoded->is_settled) << "unfinished requests are fenced where nobody says that they need not be";
}

TEST(DeviceRecord, WhatNoDeviceHasIsRefused) {
  DeviceRecord record;
  record.consume_bytes = 2061;  // more than a message
  EXPECT_FALSE(decode_record(encode_record(record).bytes, {}).has_value());
  record.consume_bytes = 0;
  record.is_broken = true;
  record.broken_reason = std::string(5000, 'x');
  const auto decoded = decode_record(encode_record(record).bytes, {});
  ASSERT_TRUE(decoded.has_value()) << "shortened where it is written";
  EXPECT_EQ(decoded->broken_reason.size(), 1024u);
}

TEST(DeviceRecord, WhatIsLentIsInItAndWhatIsNotConsumedIsNot) {
  DeviceRecord record;
  record.input = {1, 2, 3, 4};
  for (int i = 0; i < 3; ++i) record.input_descriptors.push_back(event());
  const UniqueFd connection = event();
  const EncodedRecord encoded = encode_record(record, {connection.get(), nullptr, 3, 1});
  auto decoded = decode_record(encoded.bytes, copies(encoded));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->connection);
  EXPECT_EQ(decoded->input, std::vector<uint8_t>{1});
  EXPECT_EQ(decoded->input_descriptors.size(), 2u);
  const EncodedRecord nothing = encode_record(record, {-1, nullptr, 99, 99});
  EXPECT_TRUE(nothing.descriptors.empty());
}

TEST(DeviceRecord, DuplicatesHaveDescriptorsOfTheirOwn) {
  const DeviceRecord record = example();
  auto copy = duplicate_record(record);
  ASSERT_TRUE(copy.has_value());
  EXPECT_NE(copy->connection.get(), record.connection.get());
  EXPECT_TRUE(copy->rings[0].kick);
}

TEST(DeviceRecord, FieldsOfALaterVersionAreSkipped) {
  const DeviceRecord record = example();
  EncodedRecord encoded = encode_record(record);
  const uint8_t field[] = {0xff, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3};
  encoded.bytes.insert(encoded.bytes.end(), std::begin(field), std::end(field));
  EXPECT_TRUE(decode_record(encoded.bytes, copies(encoded)).has_value());
}

TEST(DeviceRecord, AnotherVersionIsRefused) {
  const DeviceRecord record = example();
  EncodedRecord encoded = encode_record(record);
  encoded.bytes[4] = 99;
  auto decoded = decode_record(encoded.bytes, copies(encoded));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::unsupported);
}

TEST(DeviceRecord, EveryTruncationIsRefused) {
  const DeviceRecord record = example();
  EncodedRecord encoded = encode_record(record);
  size_t accepted = 0;
  for (size_t length = 0; length < encoded.bytes.size(); ++length) {
    auto decoded = decode_record(ByteView(encoded.bytes).first(length), copies(encoded));
    // Between fields a shorter record is complete in itself; inside one it is not.
    accepted += decoded.has_value() ? 1 : 0;
  }
  EXPECT_LT(accepted, 16u);
}

TEST(DeviceRecord, DescriptorsBelongToOnePlaceOnly) {
  const DeviceRecord record = example();
  EncodedRecord encoded = encode_record(record);
  EXPECT_FALSE(decode_record(encoded.bytes, {}).has_value()) << "none came with it";
  std::vector<UniqueFd> fewer = copies(encoded);
  fewer.pop_back();
  EXPECT_FALSE(decode_record(encoded.bytes, std::move(fewer)).has_value());
}

TEST(DeviceRecord, AnEmptyRecordIsOne) {
  const EncodedRecord encoded = encode_record(DeviceRecord{});
  EXPECT_TRUE(decode_record(encoded.bytes, {}).has_value());
  EXPECT_FALSE(decode_record({}, {}).has_value());
}

}  // namespace
}  // namespace laneway
