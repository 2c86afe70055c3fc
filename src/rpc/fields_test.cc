#include "rpc/fields.h"

#include <gtest/gtest.h>

#include "rpc/testing/message_parts.h"

namespace laneway {
namespace {

TEST(FieldReader, ReadsEachType) {
  const Json object = {
      {"name", "vm1"}, {"size", 512}, {"on", true}, {"cache", "writeback"}, {"algorithms", {"md5", "sha1"}}};
  FieldReader fields(object, "vf.create");
  EXPECT_EQ(fields.text("name"), "vm1");
  EXPECT_EQ(fields.number("size", {1, 1000}), 512u);
  EXPECT_TRUE(fields.flag_or("on", false));
  EXPECT_EQ(fields.choice("cache", {"writeback", "writethrough"}, "writeback"), "writeback");
  EXPECT_EQ(fields.texts("algorithms"), (std::vector<std::string>{"md5", "sha1"}));
  EXPECT_TRUE(fields.finish().has_value());
}

TEST(FieldReader, GivesFallbacksForAbsentAndNullFields) {
  const Json object = {{"queues", nullptr}};
  FieldReader fields(object, "vf.create");
  EXPECT_EQ(fields.number_or("queues", {1, 64}, 4), 4u);
  EXPECT_EQ(fields.text_or("serial", "none"), "none");
  EXPECT_FALSE(fields.flag_or("read_only", false));
  EXPECT_TRUE(fields.texts("list").empty());
  EXPECT_TRUE(fields.object("chap").is_null());
  EXPECT_TRUE(fields.finish().has_value());
}

struct BadField {
  Json value;
  const char* why;
  const char* remedy;
};

TEST(FieldReader, NamesTheFieldTheReasonAndTheRemedyOfABadNumber) {
  for (const BadField& bad :
       {BadField{0, "is 0", "from 1 to 64"}, BadField{65, "is 65", "from 1 to 64"},
        BadField{-1, "no whole number", "from 1 to 64"}, BadField{1.5, "no whole number", "from 1 to 64"},
        BadField{"4", "no whole number", "from 1 to 64"}}) {
    const Json object = {{"queues", bad.value}};
    FieldReader fields(object, "vf.create");
    EXPECT_EQ(fields.number_or("queues", {1, 64}, 4), 4u);
    const Result<void> outcome = fields.finish();
    ASSERT_FALSE(outcome.has_value());
    EXPECT_TRUE(has_parts(outcome.error().message, {"vf.create", "'queues'", bad.why, bad.remedy}));
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument);
  }
}

TEST(FieldReader, NamesTheFieldTheReasonAndTheRemedyOfABadText) {
  const std::string long_text(FieldReader::kTextMaxBytes + 1, 'x');
  for (const BadField& bad :
       {BadField{5, "no string", "in quotes"}, BadField{"", "missing or empty", "give it"},
        BadField{nullptr, "missing", "give it"}, BadField{"a\nb", "control characters", "plain text"},
        BadField{std::string("a\0b", 3), "control characters", "plain text"},
        BadField{long_text, "4097 bytes", "at most 4096"}}) {
    const Json object = {{"name", bad.value}};
    FieldReader fields(object, "vf.create");
    EXPECT_EQ(fields.text("name"), "");
    const Result<void> outcome = fields.finish();
    ASSERT_FALSE(outcome.has_value());
    EXPECT_TRUE(has_parts(outcome.error().message, {"vf.create", "'name'", bad.why, bad.remedy}));
  }
}

TEST(FieldReader, RefusesWrongFlagsChoicesListsAndObjects) {
  const Json object = {{"flag", 1}, {"cache", "fast"}, {"list", "x"}, {"chap", "x"}};
  FieldReader flag(object, "s");
  EXPECT_FALSE(flag.flag_or("flag", false));
  EXPECT_TRUE(has_parts(flag.finish().error().message, {"'flag'", "neither true nor false"}));
  FieldReader choice(object, "s");
  EXPECT_EQ(choice.choice("cache", {"writeback", "writethrough"}, "writeback"), "writeback");
  EXPECT_TRUE(has_parts(choice.finish().error().message, {"'cache'", "'fast'", "writeback, writethrough"}));
  FieldReader list(object, "s");
  EXPECT_TRUE(list.texts("list").empty());
  EXPECT_TRUE(has_parts(list.finish().error().message, {"'list'", "no list"}));
  FieldReader nested(object, "s");
  EXPECT_TRUE(nested.object("chap").is_null());
  EXPECT_TRUE(has_parts(nested.finish().error().message, {"'chap'", "no object"}));
}

TEST(FieldReader, BoundsListsOfTexts) {
  Json list = Json::array();
  for (size_t i = 0; i <= FieldReader::kListMax; ++i) list.push_back("x");
  const Json object = {{"list", list}};
  FieldReader fields(object, "s");
  EXPECT_TRUE(fields.texts("list").empty());
  EXPECT_TRUE(has_parts(fields.finish().error().message, {"'list'", "65", "at most 64"}));
}

TEST(FieldReader, KeepsTheFirstError) {
  const Json object = {{"name", ""}, {"queues", 0}};
  FieldReader fields(object, "s");
  fields.text("name");
  fields.number_or("queues", {1, 64}, 4);
  EXPECT_TRUE(has_parts(fields.finish().error().message, {"'name'"}));
}

TEST(FieldReader, RefusesFieldsThatNobodyAskedFor) {
  const Json object = {{"name", "vm1"}, {"readonly", true}};
  FieldReader fields(object, "vf.create");
  fields.text("name");
  const Result<void> outcome = fields.finish();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_TRUE(has_parts(outcome.error().message, {"'readonly'", "not known", "spelling"}));
}

TEST(FieldReader, RefusesWhatIsNoObject) {
  const Json list = Json::array({1});
  FieldReader fields(list, "functions[0]");
  EXPECT_EQ(fields.text("name"), "");
  EXPECT_TRUE(has_parts(fields.finish().error().message, {"functions[0]", "no JSON object", "named fields"}));
}

}  // namespace
}  // namespace laneway
