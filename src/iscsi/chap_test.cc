#include "iscsi/chap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "iscsi/testing/target_pdu.h"

namespace laneway::iscsi {
namespace {

using testing::keys_of;

constexpr uint8_t kFixedChallengeByte = 0x5a;
void fill_fixed(ByteSpan out) { std::fill(out.begin(), out.end(), kFixedChallengeByte); }

std::vector<uint8_t> counting_challenge() {
  std::vector<uint8_t> challenge(16);
  std::iota(challenge.begin(), challenge.end(), uint8_t{0});
  return challenge;
}

ChapOptions one_way() {
  ChapOptions options;
  options.initiator = {"alice", "alicesecret12"};
  options.fill_challenge = &fill_fixed;
  return options;
}

ChapOptions mutual() {
  ChapOptions options = one_way();
  options.target = {"array", "arraysecret12"};
  return options;
}

// The target's challenge as it usually looks.
Result<void> challenge(ChapExchange& exchange, const char* algorithm = "5", const std::string& challenge_text = "") {
  const std::string value = challenge_text.empty() ? encode_binary(counting_challenge()) : challenge_text;
  for (const TextKey& key : {TextKey{"CHAP_A", algorithm}, TextKey{"CHAP_I", "7"}, TextKey{"CHAP_C", value}}) {
    if (auto taken = exchange.take(key); !taken) return taken;
  }
  return {};
}

std::string target_proof(const ChapOptions& options) {
  const std::vector<uint8_t> challenge_bytes(16, kFixedChallengeByte);
  return encode_binary(*chap_response(ChapAlgorithm::md5, kFixedChallengeByte, options.target.secret, challenge_bytes));
}

TEST(ChapResponse, DigestsIdentifierSecretAndChallenge) {
  const struct {
    ChapAlgorithm algorithm;
    const char* response;
  } cases[] = {{ChapAlgorithm::md5, "0x12d1b6a5d2644d6c54e5fd724cc21d44"},
               {ChapAlgorithm::sha1, "0x64836a49120bc695f105d38d5424e77947786df1"},
               {ChapAlgorithm::sha256, "0x8a7ba6d5dbd0bc8764a28585c5073c8e88dff354ace6dd31a5a6c09d72a446e1"}};
  for (const auto& entry : cases) {
    auto response = chap_response(entry.algorithm, 7, "alicesecret12", counting_challenge());
    ASSERT_TRUE(response);
    EXPECT_EQ(encode_binary(*response), entry.response);
  }
}

TEST(ChapExchange, OffersTheConfiguredAlgorithmsInOrder) {
  ChapOptions options = one_way();
  std::string text;
  ChapExchange(options).offer(text);
  EXPECT_EQ(keys_of(text)["CHAP_A"], "5");
  options.algorithms = {ChapAlgorithm::sha256, ChapAlgorithm::sha1, ChapAlgorithm::md5};
  text.clear();
  ChapExchange(options).offer(text);
  EXPECT_EQ(keys_of(text)["CHAP_A"], "7,6,5");
}

TEST(ChapExchange, AnswersAChallengeOneWay) {
  const ChapOptions options = one_way();
  ChapExchange exchange(options);
  ASSERT_TRUE(challenge(exchange));
  std::string reply;
  ASSERT_TRUE(exchange.answer(reply));
  EXPECT_TRUE(exchange.is_done());
  auto keys = keys_of(reply);
  EXPECT_EQ(keys["CHAP_N"], "alice");
  EXPECT_EQ(keys["CHAP_R"], "0x12d1b6a5d2644d6c54e5fd724cc21d44");
  EXPECT_EQ(keys.count("CHAP_C"), 0u);
}

TEST(ChapExchange, HasTheTargetProveItself) {
  const ChapOptions options = mutual();
  ChapExchange exchange(options);
  ASSERT_TRUE(challenge(exchange));
  std::string reply;
  ASSERT_TRUE(exchange.answer(reply));
  EXPECT_FALSE(exchange.is_done());
  EXPECT_EQ(keys_of(reply)["CHAP_C"], encode_binary(std::vector<uint8_t>(16, kFixedChallengeByte)));
  EXPECT_EQ(keys_of(reply)["CHAP_I"], "90");
  ASSERT_TRUE(exchange.take({"CHAP_N", "array"}));
  const std::string proof = target_proof(options);
  ASSERT_TRUE(exchange.take({"CHAP_R", proof}));
  ASSERT_TRUE(exchange.answer(reply));
  EXPECT_TRUE(exchange.is_done());
}

TEST(ChapExchange, IsNotDoneWhileTheTargetHasProvedNothing) {
  const ChapOptions options = mutual();
  ChapExchange exchange(options);
  ASSERT_TRUE(challenge(exchange));
  std::string reply;
  ASSERT_TRUE(exchange.answer(reply));
  ASSERT_TRUE(exchange.answer(reply));
  EXPECT_FALSE(exchange.is_done());
}

TEST(ChapExchange, RefusesAWrongProofOrName) {
  const ChapOptions options = mutual();
  ChapOptions other = options;
  other.target.secret = "anothersecret1";
  const struct {
    const char* name;
    std::string proof;
  } cases[] = {{"array", target_proof(other)}, {"mallory", target_proof(options)}, {"array", "0x00"}};
  for (const auto& entry : cases) {
    ChapExchange exchange(options);
    ASSERT_TRUE(challenge(exchange));
    std::string reply;
    ASSERT_TRUE(exchange.answer(reply));
    ASSERT_TRUE(exchange.take({"CHAP_N", entry.name}));
    ASSERT_TRUE(exchange.take({"CHAP_R", entry.proof}));
    auto answered = exchange.answer(reply);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().code, ErrorCode::permission_denied);
    EXPECT_EQ(answered.error().message.find(options.target.secret), std::string::npos);
    EXPECT_FALSE(exchange.is_done());
  }
}

TEST(ChapExchange, SeesItsOwnChallengeReflected) {
  // RFC 7143 12.1.3: the target opens with the challenge that we are about to send, to learn the answer to it from us.
  const ChapOptions options = mutual();
  ChapExchange exchange(options);
  ASSERT_TRUE(challenge(exchange, "5", encode_binary(std::vector<uint8_t>(16, kFixedChallengeByte))));
  std::string reply;
  auto answered = exchange.answer(reply);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(reply, "");
}

TEST(ChapExchange, SeesItsOwnResponseReflected) {
  const ChapOptions options = mutual();
  ChapExchange exchange(options);
  ASSERT_TRUE(challenge(exchange));
  std::string reply;
  ASSERT_TRUE(exchange.answer(reply));
  const std::string ours = keys_of(reply)["CHAP_R"];
  ASSERT_TRUE(exchange.take({"CHAP_N", "array"}));
  ASSERT_TRUE(exchange.take({"CHAP_R", ours}));
  EXPECT_FALSE(exchange.answer(reply));
}

TEST(ChapExchange, RefusesAnIncompleteChallengeOrAnAlgorithmNotOffered) {
  const ChapOptions options = one_way();
  std::string reply;
  ChapExchange nothing(options);
  EXPECT_FALSE(nothing.answer(reply));
  ChapExchange sha(options);
  ASSERT_TRUE(challenge(sha, "7"));
  EXPECT_FALSE(sha.answer(reply));
  EXPECT_EQ(reply, "");
}

TEST(ChapExchange, RefusesMalformedAndRepeatedKeys) {
  const ChapOptions options = one_way();
  const TextKey cases[] = {{"CHAP_A", "five"}, {"CHAP_I", "256"},  {"CHAP_I", "x"}, {"CHAP_C", "0x"},
                           {"CHAP_C", "zz"},   {"CHAP_R", "0x0q"}, {"CHAP_Z", "1"}};
  for (const TextKey& key : cases) EXPECT_FALSE(ChapExchange(options).take(key)) << key.name << "=" << key.value;
  ChapExchange exchange(options);
  ASSERT_TRUE(challenge(exchange));
  EXPECT_FALSE(exchange.take({"CHAP_C", "0x01"}));
  EXPECT_FALSE(exchange.take({"CHAP_A", "5"}));
}

TEST(ChapExchange, RefusesAnOverlongChallenge) {
  const ChapOptions options = one_way();
  const std::string longest = encode_binary(std::vector<uint8_t>(kChapBinaryBytesMax, 1));
  const std::string longer = encode_binary(std::vector<uint8_t>(kChapBinaryBytesMax + 1, 1));
  EXPECT_TRUE(ChapExchange(options).take({"CHAP_C", longest}));
  EXPECT_FALSE(ChapExchange(options).take({"CHAP_C", longer}));
}

}  // namespace
}  // namespace laneway::iscsi
