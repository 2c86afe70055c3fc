// Device records as neighbouring versions write them (docs/decisions/0064): committed samples of the bytes.
#include <gtest/gtest.h>

#include "base/testing/sample_file.h"
#include "vhost_user/testing/record_example.h"

namespace laneway {
namespace {

using testing::as_sample;
using testing::sample;

constexpr size_t kDescriptors = 11;  // that go with each sample

std::vector<uint8_t> bytes_in(const std::string& name) {
  std::vector<uint8_t> bytes = sample(std::string(LANEWAY_TESTDATA) + "/" + name);
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

Result<DeviceRecord> decoded(const std::vector<uint8_t>& bytes) {
  std::vector<UniqueFd> descriptors;
  for (size_t i = 0; i < kDescriptors; ++i) descriptors.push_back(record_event());
  return decode_record(bytes, std::move(descriptors));
}

TEST(DeviceRecordSample, IsWhatThisVersionWrites) {
  const EncodedRecord encoded = encode_record(record_example());
  EXPECT_EQ(encoded.descriptors.size(), kDescriptors);
  EXPECT_EQ(as_sample(encoded.bytes), as_sample(bytes_in("device_record_1.hex")))
      << "Other versions read this. New state takes a field with a tag of its own, which a version that does not know\n"
         "it skips; fields that are there keep tag, size and meaning. Where a device must not be continued without "
         "the\n"
         "new state, raise DeviceRecord::kVersion, read the former one as well, and add a sample beside this one.";
}

TEST(DeviceRecordSample, IsReadWhole) {
  const std::vector<uint8_t> bytes = bytes_in("device_record_1.hex");
  const Result<DeviceRecord> record = decoded(bytes);
  ASSERT_TRUE(record.has_value()) << record.error().message;
  EXPECT_EQ(as_sample(encode_record(*record).bytes), as_sample(bytes));
}

TEST(DeviceRecordSample, OfTheFormerFormatIsContinuedWithAFence) {
  const Result<DeviceRecord> record = decoded(bytes_in("device_record_1_former.hex"));
  ASSERT_TRUE(record.has_value()) << record.error().message;
  EXPECT_EQ(record->generation, 7u);
  EXPECT_EQ(record->regions.size(), 2u);
  EXPECT_EQ(record->rings.size(), 3u);
  EXPECT_EQ(record->inflight.queue_size, 512u);
  EXPECT_EQ(record->serial, 0u);
  EXPECT_FALSE(record->is_broken);
  EXPECT_FALSE(record->is_settled) << "who does not say that nothing is under way is not believed to";
}

// What is new is lost when this version goes on with the device: a later version adds only what has a right default.
TEST(DeviceRecordSample, OfALaterFormatIsContinuedWithoutWhatIsNew) {
  const Result<DeviceRecord> record = decoded(bytes_in("device_record_1_later.hex"));
  ASSERT_TRUE(record.has_value()) << record.error().message;
  EXPECT_EQ(as_sample(encode_record(*record).bytes), as_sample(bytes_in("device_record_1.hex")));
}

TEST(DeviceRecordSample, OfALaterVersionIsRefused) {
  const Result<DeviceRecord> record = decoded(bytes_in("device_record_2.hex"));
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code, ErrorCode::unsupported);
  EXPECT_NE(record.error().message.find("version 2, this engine reads version 1"), std::string::npos);
}

// Each descriptor in turn: whoever lost it meanwhile, the device is not continued with another in its place.
TEST(DeviceRecordSample, WithoutAnyOfItsDescriptorsIsRefused) {
  const std::vector<uint8_t> bytes = bytes_in("device_record_1.hex");
  for (size_t missing = 0; missing < kDescriptors; ++missing) {
    std::vector<UniqueFd> descriptors;
    for (size_t i = 0; i < kDescriptors; ++i) descriptors.push_back(i == missing ? UniqueFd() : record_event());
    EXPECT_FALSE(decode_record(bytes, std::move(descriptors)).has_value()) << missing;
  }
}

}  // namespace
}  // namespace laneway
