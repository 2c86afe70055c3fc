#include "vhost_user/record.h"

#include <gtest/gtest.h>

#include "vhost_user/testing/record_example.h"

namespace laneway {
namespace {

std::vector<UniqueFd> copies(const EncodedRecord& encoded) {
  std::vector<UniqueFd> out;
  for (const int fd : encoded.descriptors) out.push_back(UniqueFd(::dup(fd)));
  return out;
}

TEST(DeviceRecord, SurvivesEncodingWithEverythingInIt) {
  const DeviceRecord record = record_example();
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
  for (int i = 0; i < 3; ++i) record.input_descriptors.push_back(record_event());
  const UniqueFd connection = record_event();
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
  const DeviceRecord record = record_example();
  auto copy = duplicate_record(record);
  ASSERT_TRUE(copy.has_value());
  EXPECT_NE(copy->connection.get(), record.connection.get());
  EXPECT_TRUE(copy->rings[0].kick);
}

TEST(DeviceRecord, FieldsOfALaterVersionAreSkipped) {
  const DeviceRecord record = record_example();
  EncodedRecord encoded = encode_record(record);
  const uint8_t field[] = {0xff, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3};
  encoded.bytes.insert(encoded.bytes.end(), std::begin(field), std::end(field));
  EXPECT_TRUE(decode_record(encoded.bytes, copies(encoded)).has_value());
}

TEST(DeviceRecord, AnotherVersionIsRefused) {
  const DeviceRecord record = record_example();
  EncodedRecord encoded = encode_record(record);
  encoded.bytes[4] = 99;
  auto decoded = decode_record(encoded.bytes, copies(encoded));
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ErrorCode::unsupported);
}

TEST(DeviceRecord, EveryTruncationIsRefused) {
  const DeviceRecord record = record_example();
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
  const DeviceRecord record = record_example();
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
