#include <gtest/gtest.h>

#include "target/chap.h"
#include "target/test_client.h"

namespace laneway::fake {
namespace {

std::string text_value(const OwnedPdu& pdu, std::string_view key) {
  TextPairs pairs;
  EXPECT_TRUE(read_text(pdu.payload, pairs));
  const std::string* value = find_text(pairs, key);
  return value == nullptr ? "-" : *value;
}

TextPairs first_security_keys() {
  return {{"InitiatorName", "iqn.2026-11.test.client:one"},
          {"TargetName", "iqn.2026-11.test.laneway:fake"},
          {"AuthMethod", "CHAP,None"}};
}

TargetOptions with_chap() {
  TargetOptions options;
  options.chap.user = "joe";
  options.chap.secret = "one-secret-of-joe";
  options.chap.mutual_user = "target";
  options.chap.mutual_secret = "a-secret-of-target";
  return options;
}

struct ChapTalk {
  OwnedPdu challenge;
  OwnedPdu end;
};

// A security stage with the given secret, and our own challenge where wants_mutual is set.
ChapTalk talk_chap(TestClient& client, int algorithm, std::string_view secret, bool wants_mutual) {
  ChapTalk talk;
  EXPECT_EQ(text_value(*client.login_step(0x00, first_security_keys()), "AuthMethod"), "CHAP");
  talk.challenge = *client.login_step(0x00, {{"CHAP_A", std::to_string(algorithm)}});
  if (talk.challenge.u16(36) != 0) return talk;
  const auto identifier = static_cast<uint8_t>(std::stoi(text_value(talk.challenge, "CHAP_I")));
  const Bytes challenge = decode_binary(text_value(talk.challenge, "CHAP_C")).value();
  TextPairs keys = {{"CHAP_N", "joe"}, {"CHAP_R", encode_hex(chap_response(algorithm, identifier, secret, challenge))}};
  if (wants_mutual)
    keys.insert(keys.end(), {{"CHAP_I", "77"},
                             {"CHAP_C",
                              "0b"
                              "QUJDREVGR0g="}});
  talk.end = *client.login_step(0x81, keys);
  return talk;
}

TEST(TargetLogin, ReachesFullFeatureInOneExchangeWithoutAuthentication) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  EXPECT_EQ(target.counters().logins, 1u);
  const uint32_t tag = client.command(Bytes(6), 0, false);
  EXPECT_EQ(status_of(client.take(), tag), kGood);
  EXPECT_TRUE(target.violations().empty());
}

TEST(TargetLogin, NegotiatesEveryKey) {
  TargetOptions options;
  options.burst_max = 65536;
  options.first_burst_max = 32768;
  FakeTarget target(options);
  TestClient client(target);
  const auto answer = client.login_step(0x87, {{"InitiatorName", "a"},
                                               {"TargetName", options.name},
                                               {"HeaderDigest", "None"},
                                               {"DataDigest", "CRC32C,None"},
                                               {"InitialR2T", "Yes"},
                                               {"ImmediateData", "Yes"},
                                               {"MaxBurstLength", "0x100000"},
                                               {"FirstBurstLength", "16384"},
                                               {"MaxOutstandingR2T", "8"},
                                               {"MaxConnections", "4"},
                                               {"ErrorRecoveryLevel", "2"},
                                               {"DefaultTime2Wait", "0"},
                                               {"DefaultTime2Retain", "60"},
                                               {"DataPDUInOrder", "No"},
                                               {"MaxRecvDataSegmentLength", "131072"},
                                               {"X-net.example.key", "1"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(text_value(*answer, "HeaderDigest"), "None");
  EXPECT_EQ(text_value(*answer, "DataDigest"), "CRC32C");
  EXPECT_EQ(text_value(*answer, "InitialR2T"), "Yes");
  EXPECT_EQ(text_value(*answer, "ImmediateData"), "Yes");
  EXPECT_EQ(text_value(*answer, "MaxBurstLength"), "65536");
  EXPECT_EQ(text_value(*answer, "FirstBurstLength"), "16384");
  EXPECT_EQ(text_value(*answer, "MaxOutstandingR2T"), "4");
  EXPECT_EQ(text_value(*answer, "MaxConnections"), "1");
  EXPECT_EQ(text_value(*answer, "ErrorRecoveryLevel"), "0");
  EXPECT_EQ(text_value(*answer, "DefaultTime2Wait"), "2");
  EXPECT_EQ(text_value(*answer, "DefaultTime2Retain"), "20");
  EXPECT_EQ(text_value(*answer, "DataPDUInOrder"), "Yes");
  EXPECT_EQ(text_value(*answer, "MaxRecvDataSegmentLength"), "262144");
  EXPECT_EQ(text_value(*answer, "TargetPortalGroupTag"), "1");
  EXPECT_EQ(text_value(*answer, "X-net.example.key"), "NotUnderstood");
}

TEST(TargetLogin, RefusesValuesThatCannotBeAgreed) {
  FakeTarget target{TargetOptions{}};
  for (const auto& [key, value] : TextPairs{{"HeaderDigest", "CRC64"},
                                            {"InitialR2T", "Maybe"},
                                            {"MaxBurstLength", "x"},
                                            {"MaxRecvDataSegmentLength", "100"}}) {
    TestClient client(target);
    EXPECT_FALSE(client.login({.keys = {{key, value}}})) << key;
  }
}

TEST(TargetLogin, RefusesUnknownTargetsAndMissingNames) {
  FakeTarget target{TargetOptions{}};
  TestClient stranger(target);
  EXPECT_EQ(stranger.login_step(0x87, {{"InitiatorName", "a"}, {"TargetName", "iqn.none"}})->u16(36), 0x0203);
  EXPECT_TRUE(stranger.is_over());
  TestClient nameless(target);
  EXPECT_EQ(nameless.login_step(0x87, {{"TargetName", "iqn.none"}})->u16(36), 0x0207);
  TestClient garbled(target);
  EXPECT_EQ(garbled.login_step(0x87, {{"InitiatorName", "a"}, {"", "x"}})->u16(36), 0x0200);
}

TEST(TargetLogin, TakesChapWithEveryAlgorithm) {
  for (const int algorithm : {5, 6, 7}) {
    FakeTarget target(with_chap());
    TestClient client(target);
    const ChapTalk talk = talk_chap(client, algorithm, "one-secret-of-joe", false);
    EXPECT_EQ(talk.end.u16(36), 0) << algorithm;
    EXPECT_EQ(client.login_step(0x87, {})->u8(1) & 0x83, 0x83);
  }
}

TEST(TargetLogin, AnswersTheInitiatorsChallenge) {
  FakeTarget target(with_chap());
  TestClient client(target);
  const ChapTalk talk = talk_chap(client, 7, "one-secret-of-joe", true);
  EXPECT_EQ(text_value(talk.end, "CHAP_N"), "target");
  const Bytes expected = chap_response(7, 77, "a-secret-of-target", bytes_of_text("ABCDEFGH"));
  EXPECT_EQ(text_value(talk.end, "CHAP_R"), encode_hex(expected));
}

TEST(TargetLogin, RefusesAWrongSecretAnUnknownAlgorithmAndNoAuthentication) {
  FakeTarget target(with_chap());
  TestClient liar(target);
  EXPECT_EQ(talk_chap(liar, 5, "not-the-secret", false).end.u16(36), 0x0201);
  TestClient exotic(target);
  EXPECT_EQ(talk_chap(exotic, 9, "", false).challenge.u16(36), 0x0201);
  TestClient open(target);
  EXPECT_FALSE(open.login());
}

TEST(TargetLogin, SplitsLongAnswersAndTakesSplitRequests) {
  TargetOptions options;
  options.login_reply_text_max = 16;
  FakeTarget target(options);
  TestClient client(target);
  auto answer = client.login_step(0x44, {{"InitiatorName", "a"}, {"TargetName", options.name}});
  EXPECT_TRUE(answer->payload.empty());
  answer = client.login_step(0x87, {{"MaxBurstLength", "4096"}});
  Bytes text = answer->payload;
  while ((answer->u8(1) & 0x40) != 0) {
    answer = client.login_step(0x04, {});
    text.insert(text.end(), answer->payload.begin(), answer->payload.end());
  }
  EXPECT_EQ(answer->u8(1) & 0x80, 0);  // the last request did not ask for a transit
  answer = client.login_step(0x87, {});
  EXPECT_EQ(answer->u8(1) & 0x83, 0x83);
  TextPairs pairs;
  ASSERT_TRUE(read_text(text, pairs));
  EXPECT_EQ(*find_text(pairs, "MaxBurstLength"), "4096");
}

TEST(TargetLogin, DiscoversTargets) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login({.is_discovery = true}));
  Bytes text;
  append_text(text, "SendTargets", "All");
  Header header(Op::text);
  header.u8(1, 0x80).u32(16, 9).u32(20, kNoTag);
  client.send(header, text);
  const auto answers = client.take();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(text_value(answers[0], "TargetName"), "iqn.2026-11.test.laneway:fake");
  EXPECT_EQ(text_value(answers[0], "TargetAddress"), "127.0.0.1:3260,1");
}

TEST(TargetLogin, ReinstatesTheSessionOfTheSameIsid) {
  FakeTarget target{TargetOptions{}};
  TestClient first(target);
  TestClient other(target);
  TestClient second(target);
  ASSERT_TRUE(first.login());
  ASSERT_TRUE(other.login({.isid_tail = 2}));
  ASSERT_TRUE(second.login());
  EXPECT_TRUE(first.is_over());
  EXPECT_FALSE(other.is_over());
  EXPECT_EQ(target.counters().reinstatements, 1u);
}

TEST(TargetLogin, RedirectsRefusesAndStaysSilentOnScript) {
  FakeTarget target{TargetOptions{}};
  target.script().add(read_fault("redirect:text=127.0.0.1:3261").value());
  TestClient moved(target);
  const auto answer = moved.login_step(0x87, {{"InitiatorName", "a"}});
  EXPECT_EQ(answer->u16(36), 0x0101);
  EXPECT_EQ(text_value(*answer, "TargetAddress"), "127.0.0.1:3261");
  target.script().add(read_fault("login-refuse:value=0x0301").value());
  TestClient refused(target);
  EXPECT_EQ(refused.login_step(0x87, {{"InitiatorName", "a"}})->u16(36), 0x0301);
  target.script().add(read_fault("login-silent").value());
  TestClient ignored(target);
  EXPECT_FALSE(ignored.login_step(0x87, {{"InitiatorName", "a"}}));
  target.script().add(read_fault("refuse").value());
  TestClient dropped(target);
  EXPECT_TRUE(dropped.is_over());
}

}  // namespace
}  // namespace laneway::fake
