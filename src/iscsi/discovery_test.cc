#include "iscsi/discovery.h"

#include <gtest/gtest.h>

namespace laneway::iscsi {
namespace {

using namespace std::string_literals;

TEST(TargetAddress, TakesTheFormsOfRfc7143Section138) {
  const struct {
    const char* text;
    DiscoveredPortal portal;
  } cases[] = {{"10.0.0.1:3260,1", {"10.0.0.1", 3260, 1}},         {"10.0.0.1", {"10.0.0.1", 3260, 0}},
               {"array.example:860", {"array.example", 860, 0}},   {"array.example,7", {"array.example", 3260, 7}},
               {"[fe80::1]:3261,65535", {"fe80::1", 3261, 65535}}, {"[::1]", {"::1", 3260, 0}}};
  for (const auto& entry : cases) {
    auto portal = decode_target_address(entry.text);
    ASSERT_TRUE(portal) << entry.text;
    EXPECT_EQ(*portal, entry.portal) << entry.text;
  }
}

TEST(TargetAddress, RefusesWhatIsNone) {
  const std::string cases[] = {
      "",        ":3260", "[::1",  "[]:1",   "h:",  "h:0",    "h:65536", "h:12x",
      "h,65536", "h,",    "h,1,2", "[::1]x", "a b", "a\nb:1", "a\x80",   std::string(256, 'h')};
  for (const std::string& text : cases) EXPECT_FALSE(decode_target_address(text)) << text;
}

TEST(SendTargets, ListsTargetsWithTheirPortals) {
  const std::string text =
      "TargetName=iqn.2026-11.test:a\0TargetAlias=A "
      "disk\0TargetAddress=10.0.0.1:3260,1\0TargetAddress=10.0.0.2:3260,2\0"
      "TargetName=iqn.2026-11.test:b\0"s;
  auto targets = decode_send_targets(text);
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 2u);
  EXPECT_EQ((*targets)[0].name, "iqn.2026-11.test:a");
  EXPECT_EQ((*targets)[0].portals, (std::vector<DiscoveredPortal>{{"10.0.0.1", 3260, 1}, {"10.0.0.2", 3260, 2}}));
  EXPECT_TRUE((*targets)[1].portals.empty());
  EXPECT_TRUE(decode_send_targets("")->empty());
}

TEST(SendTargets, RefusesMalformedLists) {
  const std::string cases[] = {"TargetAddress=10.0.0.1:3260,1\0"s, "TargetName=disk\0"s, "TargetName\0"s,
                               "TargetName=iqn.2026-11.test:a\0TargetAddress=:1\0"s};
  for (const std::string& text : cases) EXPECT_FALSE(decode_send_targets(text)) << text;
}

TEST(SendTargets, IsBounded) {
  std::string many_targets;
  for (size_t i = 0; i <= kDiscoveredTargetsMax; ++i) many_targets += "TargetName=iqn.a\0"s;
  EXPECT_FALSE(decode_send_targets(many_targets));
  std::string many_portals = "TargetName=iqn.a\0"s;
  for (size_t i = 0; i <= kDiscoveredPortalsMax; ++i) many_portals += "TargetAddress=h:1\0"s;
  EXPECT_FALSE(decode_send_targets(many_portals));
}

}  // namespace
}  // namespace laneway::iscsi
