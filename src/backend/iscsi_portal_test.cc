#include "backend/iscsi_portal.h"

#include <gtest/gtest.h>

#include "backend/iscsi_settings.h"

namespace laneway {

namespace {

void expect_portal(std::string_view text, const std::string& host, uint16_t port) {
  const auto portal = decode_portal(text);
  ASSERT_TRUE(portal.has_value()) << text << ": " << portal.error().message;
  EXPECT_EQ(portal->host, host);
  EXPECT_EQ(portal->port, port);
}

TEST(IscsiPortal, IsReadInEveryFormThatOperatorsWrite) {
  expect_portal("array", "array", 3260);
  expect_portal("array:3261", "array", 3261);
  expect_portal("192.0.2.1", "192.0.2.1", 3260);
  expect_portal("192.0.2.1:65535", "192.0.2.1", 65535);
  expect_portal("2001:db8::1", "2001:db8::1", 3260);
  expect_portal("[2001:db8::1]", "2001:db8::1", 3260);
  expect_portal("[2001:db8::1]:860", "2001:db8::1", 860);
}

TEST(IscsiPortal, RefusesWhatIsNone) {
  for (const char* text : {"", ":3260", "array:", "array:0", "array:65536", "array:x", "[::1", "[::1]3260", "a b",
                           "[]:1", "1::][:3260", "[[::1]:860", "array]"}) {
    const auto portal = decode_portal(text);
    ASSERT_FALSE(portal.has_value()) << text;
    EXPECT_EQ(portal.error().code, ErrorCode::invalid_argument);
  }
}

TEST(IscsiPortal, AddressesAreFoundWithoutAResolver) {
  const auto address4 = numeric_address({"127.0.0.1", 3260});
  ASSERT_TRUE(address4.has_value());
  EXPECT_EQ(address4->text, "127.0.0.1:3260");
  EXPECT_EQ(address4->storage.ss_family, AF_INET);
  const auto address6 = numeric_address({"::1", 860});
  ASSERT_TRUE(address6.has_value());
  EXPECT_EQ(address6->text, "[::1]:860");
  EXPECT_FALSE(numeric_address({"array", 3260}).has_value());
}

TEST(FunctionIsid, IsStableAndTellsFunctionsAndQueuesApart) {
  EXPECT_EQ(function_isid("vm1-disk0", 0), function_isid("vm1-disk0", 0));
  EXPECT_NE(function_isid("vm1-disk0", 0), function_isid("vm1-disk0", 1));
  EXPECT_NE(function_isid("vm1-disk0", 0), function_isid("vm2-disk0", 0));
  EXPECT_NE(passing_isid(), passing_isid());
}

TEST(FunctionIsid, DoesNotChangeWithAReleaseOfOurs) {
  // A new engine must come back under the identifier of the old one, or the old session's writes are not replaced.
  const iscsi::Isid expected{0x80, 0x8a, 0xf7, 0x2a, 0x55, 0x00};
  EXPECT_EQ(function_isid("vm1-disk0", 0), expected);
}

}  // namespace

}  // namespace laneway
