#include "iscsi/text.h"

#include <gtest/gtest.h>

namespace laneway::iscsi {
namespace {

using namespace std::string_literals;

TEST(TextReader, ReadsPairsThatEndWithNul) {
  const std::string text = "A=1\0Bc.d-e=\0X=a=b\0"s;
  TextReader reader(text);
  std::vector<std::string> pairs;
  while (const auto key = reader.next()) pairs.push_back(std::string(key->name) + "/" + std::string(key->value));
  EXPECT_EQ(pairs, (std::vector<std::string>{"A/1", "Bc.d-e/", "X/a=b"}));
  EXPECT_FALSE(reader.is_malformed());
}

TEST(TextReader, TakesEmptyPairsAndALastOneWithoutNul) {
  const std::string text = "\0\0A=1\0\0B=2"s;
  TextReader reader(text);
  EXPECT_EQ(reader.next()->name, "A");
  EXPECT_EQ(reader.next()->name, "B");
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.is_malformed());
}

TEST(TextReader, StopsAtWhatRfc7143Section61Forbids) {
  const std::string cases[] = {
      "NoEquals\0"s,
      "=value\0"s,
      std::string(kTextNameBytesMax + 1, 'a') + "=1\0"s,
      "A=" + std::string(kTextValueBytesMax + 1, 'v') + "\0"s,
      "Bad name=1\0"s,
      "B\xff=1\0"s,
  };
  for (const std::string& text : cases) {
    TextReader reader(text);
    EXPECT_FALSE(reader.next()) << text.substr(0, 20);
    EXPECT_TRUE(reader.is_malformed()) << text.substr(0, 20);
    EXPECT_FALSE(reader.next()) << "and stays there";
  }
}

TEST(TextReader, TakesTheLongestNameAndValue) {
  const std::string text = std::string(kTextNameBytesMax, 'a') + "=" + std::string(kTextValueBytesMax, 'v');
  TextReader reader(text);
  const auto key = reader.next();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name.size(), kTextNameBytesMax);
  EXPECT_EQ(key->value.size(), kTextValueBytesMax);
}

TEST(Text, AppendsPairs) {
  std::string text;
  append_key(text, "A", "b");
  append_key(text, "N", uint64_t{262144});
  EXPECT_EQ(text, "A=b\0N=262144\0"s);
}

TEST(Text, DecodesNumbersInBothBases) {
  const struct {
    const char* text;
    std::optional<uint64_t> number;
  } cases[] = {{"0", 0},
               {"262144", 262144},
               {"0x10", 16},
               {"0XfF", 255},
               {"18446744073709551615", UINT64_MAX},
               {"", {}},
               {"0x", {}},
               {"-1", {}},
               {"1 ", {}},
               {" 1", {}},
               {"12a", {}},
               {"18446744073709551616", {}},
               {"+1", {}}};
  for (const auto& entry : cases) EXPECT_EQ(decode_number(entry.text), entry.number) << entry.text;
}

TEST(Text, DecodesYesAndNoOnly) {
  EXPECT_EQ(decode_yes_no("Yes"), true);
  EXPECT_EQ(decode_yes_no("No"), false);
  EXPECT_EQ(decode_yes_no("yes"), std::nullopt);
  EXPECT_EQ(decode_yes_no(""), std::nullopt);
}

TEST(Text, DecodesBinaryValuesInHexAndBase64) {
  using Bytes = std::vector<uint8_t>;
  const struct {
    const char* text;
    std::optional<Bytes> bytes;
  } cases[] = {{"0x00ff10", Bytes{0x00, 0xff, 0x10}},
               {"0XAb", Bytes{0xab}},
               {"0x123", Bytes{0x01, 0x23}},
               {"0bAP8Q", Bytes{0x00, 0xff, 0x10}},
               {"0bqw==", Bytes{0xab}},
               {"0Bq80=", Bytes{0xab, 0xcd}},
               {"0bqw", Bytes{0xab}},
               {"0x", {}},
               {"0b", {}},
               {"0b====", {}},
               {"0bA", {}},
               {"0b*+=!", {}},
               {"0xg0", {}},
               {"ff", {}},
               {"", {}},
               {"0x000102030405060708", {}},
               {"0bAAECAwQFBgcI", {}}};
  for (const auto& entry : cases) EXPECT_EQ(decode_binary(entry.text, 8), entry.bytes) << entry.text;
}

TEST(Text, BinaryValuesSurviveTheRoundTrip) {
  const std::vector<uint8_t> bytes{0, 1, 0x7f, 0x80, 0xff};
  EXPECT_EQ(decode_binary(encode_binary(bytes), 5), bytes);
}

TEST(Text, ShowsForeignTextWithoutControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f"), "a?[31m?b?");
  EXPECT_EQ(printable(std::string(100, 'x')).size(), 64u);
}

TEST(Text, KnowsIscsiNames) {
  for (const char* name :
       {"iqn.2026-11.io.laneway:host-1", "eui.02004567a425678d", "naa.52004567ba64678d", "iqn.2001-04.com.x:Up_per"}) {
    EXPECT_TRUE(is_iscsi_name(name)) << name;
  }
  const std::string too_long = "iqn." + std::string(220, 'a');
  for (const std::string& name :
       {std::string(), "iqn."s, "disk"s, "iqn.a b"s, "iqn.a\nb"s, "iqn.a=b"s, "iqn.a\0b"s, too_long}) {
    EXPECT_FALSE(is_iscsi_name(name)) << name;
  }
}

}  // namespace
}  // namespace laneway::iscsi
