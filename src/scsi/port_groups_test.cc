#include "scsi/port_groups.h"

#include <gtest/gtest.h>

namespace laneway::scsi {

namespace {

// SPC-5 table 222: two groups, of one port and of two.
const std::vector<uint8_t> kTwoGroups = {0,    0,    0, 28,                          // header
                                         0x80, 0x8f, 0, 1,  0, 0, 0, 1, 0, 0, 0, 1,  // optimized, preferred
                                         0x02, 0x8f, 0, 2,  0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3};  // standby

TEST(PortGroups, AreReadWithTheirPorts) {
  const auto groups = decode_port_groups(kTwoGroups);
  ASSERT_TRUE(groups.has_value());
  ASSERT_EQ(groups->size(), 2u);
  EXPECT_TRUE(groups->at(0).is_preferred);
  EXPECT_EQ(groups->at(0).state, AccessState::optimized);
  EXPECT_EQ(groups->at(1).state, AccessState::standby);
  EXPECT_EQ(groups->at(1).ports, (std::vector<uint16_t>{2, 3}));
}

TEST(PortGroups, AreReadAsFarAsTheBytesGo) {
  for (size_t length = 4; length < kTwoGroups.size(); ++length) {
    const auto groups = decode_port_groups(ByteView(kTwoGroups).first(length));
    ASSERT_TRUE(groups.has_value());
    EXPECT_LE(groups->size(), 2u);
  }
  EXPECT_FALSE(decode_port_groups(ByteView(kTwoGroups).first(3)).has_value());
}

TEST(PortGroups, AreFoundByThePortOrByTheGroup) {
  const auto groups = decode_port_groups(kTwoGroups);
  EXPECT_EQ(find_group(*groups, {.relative_port = 3, .group = {}})->number, 2);
  EXPECT_EQ(find_group(*groups, {.relative_port = {}, .group = 1})->number, 1);
  EXPECT_EQ(find_group(*groups, {.relative_port = 9, .group = 2})->number, 2);
  EXPECT_EQ(find_group(*groups, {.relative_port = 9, .group = {}}), nullptr);
  EXPECT_EQ(find_group(*groups, {}), nullptr);
}

TEST(PortGroups, AStateThatIsNotKnownIsUnavailable) {
  std::vector<uint8_t> bytes = kTwoGroups;
  bytes[4] = 0x09;
  EXPECT_EQ(decode_port_groups(bytes)->at(0).state, AccessState::unavailable);
}

TEST(PortGroups, APortIsNamedByPage83) {
  const std::vector<uint8_t> page = {0, 0x83, 0, 20, 1,    3,    0, 0, 0x51, 0x94, 0, 4,
                                     0, 0,    0, 7,  0x51, 0x95, 0, 4, 0,    0,    1, 2};
  const auto designators = decode_designators(page);
  ASSERT_TRUE(designators.has_value());
  const PortIdentity port = port_identity_of(*designators);
  EXPECT_EQ(port.relative_port, 7);
  EXPECT_EQ(port.group, 0x102);
}

TEST(PortGroups, NotReadySenseTellsTheState) {
  EXPECT_EQ(access_state_of(0x040a), AccessState::transitioning);
  EXPECT_EQ(access_state_of(0x040b), AccessState::standby);
  EXPECT_EQ(access_state_of(0x040c), AccessState::unavailable);
  EXPECT_FALSE(access_state_of(0x0401).has_value());
}

}  // namespace

}  // namespace laneway::scsi
