#include "rpc/json.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

constexpr size_t kRoom = 1 << 20;

TEST(ParseJson, ReadsAnObject) {
  const Result<Json> value = parse_json(R"({"name":"vm1","size":4096,"on":true})", kRoom);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(text_at(*value, "name"), "vm1");
  EXPECT_EQ(number_at(*value, "size"), 4096u);
  EXPECT_TRUE(flag_at(*value, "on"));
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "nonsense", "{\"a\":}", "[1,]", "\"\xff\xfe\"", "{\"a\":1}}"}) {
    EXPECT_FALSE(parse_json(text, kRoom).has_value()) << text;
  }
}

TEST(ParseJson, RefusesTextOverTheSizeLimit) {
  EXPECT_TRUE(parse_json("[1234567]", 9).has_value());
  const Result<Json> refused = parse_json("[12345678]", 9);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("10 bytes"), std::string::npos);
}

TEST(ParseJson, RefusesDeepNestingBeforeParsing) {
  const std::string shallow = std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']');
  EXPECT_TRUE(parse_json(shallow, kRoom).has_value());
  EXPECT_FALSE(parse_json("[" + shallow + "]", kRoom).has_value());
  EXPECT_FALSE(parse_json(std::string(500'000, '['), kRoom).has_value());
}

TEST(ParseJson, IgnoresBracketsInsideStrings) {
  EXPECT_TRUE(parse_json(R"(["[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[["])", kRoom).has_value());
}

TEST(JsonReaders, GiveTheFallbackForOtherTypesAndOtherShapes) {
  const Json object = {{"text", 5}, {"number", "five"}, {"negative", -5}, {"flag", 1}};
  EXPECT_EQ(text_at(object, "text", "none"), "none");
  EXPECT_EQ(number_at(object, "number", 7), 7u);
  EXPECT_EQ(number_at(object, "negative", 7), 7u);
  EXPECT_FALSE(flag_at(object, "flag"));
  EXPECT_EQ(text_at(Json(17), "text", "none"), "none");
  EXPECT_TRUE(member(Json::array({1}), "text").is_null());
}

TEST(ToLine, ReplacesBytesThatAreNoUtf8InsteadOfFailing) { EXPECT_EQ(to_line(Json("a\xff")), "\"a\xef\xbf\xbd\""); }

}  // namespace
}  // namespace laneway
