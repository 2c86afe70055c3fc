#include "iscsi/negotiation.h"

#include <gtest/gtest.h>

#include <map>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::bench_options;

std::map<std::string, std::string> offer_of(const SessionOptions& options) {
  std::string text;
  Negotiation(options).offer(text);
  return testing::keys_of(text);
}

TEST(Negotiation, OffersWhatTheOptionsWant) {
  SessionOptions options = bench_options();
  options.header_digest = DigestPolicy::crc32c;
  options.data_digest = DigestPolicy::prefer_crc32c;
  options.first_burst_bytes = 4096;
  options.max_outstanding_r2t = 4;
  auto keys = offer_of(options);
  EXPECT_EQ(keys["HeaderDigest"], "CRC32C");
  EXPECT_EQ(keys["DataDigest"], "CRC32C,None");
  EXPECT_EQ(keys["FirstBurstLength"], "4096");
  EXPECT_EQ(keys["MaxOutstandingR2T"], "4");
  EXPECT_EQ(keys["MaxRecvDataSegmentLength"], "262144");
  EXPECT_EQ(keys["InitialR2T"], "No");
  EXPECT_EQ(keys["ImmediateData"], "Yes");
  EXPECT_EQ(keys["DataPDUInOrder"], "Yes");
  EXPECT_EQ(keys["DataSequenceInOrder"], "Yes");
  EXPECT_EQ(keys["ErrorRecoveryLevel"], "0");
  EXPECT_EQ(keys["MaxConnections"], "1");
}

TEST(Negotiation, OffersADiscoverySessionOnlyWhatItMayHave) {
  SessionOptions options = bench_options();
  options.kind = SessionKind::discovery;
  auto keys = offer_of(options);
  for (const char* name : {"MaxConnections", "InitialR2T", "ImmediateData", "MaxBurstLength", "FirstBurstLength",
                           "MaxOutstandingR2T", "DataPDUInOrder", "DataSequenceInOrder"}) {
    EXPECT_EQ(keys.count(name), 0u) << name;
  }
  EXPECT_EQ(keys["HeaderDigest"], "None");
}

TEST(Negotiation, KeepsTheDefaultsOfRfc7143Section13WhereTheTargetIsSilent) {
  const SessionOptions options = bench_options();
  Negotiation negotiation(options);
  std::string text;
  negotiation.offer(text);
  const SessionLimits limits = *negotiation.finish();
  EXPECT_FALSE(limits.has_header_digest);
  EXPECT_FALSE(limits.has_data_digest);
  EXPECT_TRUE(limits.is_initial_r2t);
  EXPECT_TRUE(limits.has_immediate_data);
  EXPECT_EQ(limits.max_send_segment_bytes, 8192u);
  EXPECT_EQ(limits.max_receive_segment_bytes, 262144u);
  EXPECT_EQ(limits.first_burst_bytes, 65536u);
  EXPECT_EQ(limits.max_burst_bytes, 262144u);
  EXPECT_EQ(limits.max_outstanding_r2t, 1u);
  EXPECT_EQ(limits.time_to_wait_s, 2u);
}

TEST(Negotiation, TakesTheTargetsAnswers) {
  const SessionOptions options = bench_options();
  Negotiation negotiation(options);
  std::string text;
  negotiation.offer(text);
  std::string reply;
  const TextKey answers[] = {{"InitialR2T", "No"},       {"ImmediateData", "No"},
                             {"MaxBurstLength", "8192"}, {"FirstBurstLength", "0x2000"},
                             {"DefaultTime2Wait", "5"},  {"DefaultTime2Retain", "0"},
                             {"MaxOutstandingR2T", "1"}, {"MaxRecvDataSegmentLength", "131072"},
                             {"MaxConnections", "1"},    {"ErrorRecoveryLevel", "0"},
                             {"DataPDUInOrder", "Yes"},  {"DataSequenceInOrder", "Irrelevant"},
                             {"HeaderDigest", "None"},   {"DataDigest", "None"}};
  for (const TextKey& key : answers) ASSERT_TRUE(negotiation.take(key, reply)) << key.name;
  EXPECT_EQ(reply, "");
  const SessionLimits limits = *negotiation.finish();
  EXPECT_FALSE(limits.is_initial_r2t);
  EXPECT_FALSE(limits.has_immediate_data);
  EXPECT_EQ(limits.max_burst_bytes, 8192u);
  EXPECT_EQ(limits.first_burst_bytes, 8192u);
  EXPECT_EQ(limits.time_to_wait_s, 5u);
  EXPECT_EQ(limits.max_send_segment_bytes, 131072u);
}

TEST(Negotiation, NeverLetsTheFirstBurstExceedTheBurst) {
  const SessionOptions options = bench_options();
  Negotiation negotiation(options);
  std::string reply;
  ASSERT_TRUE(negotiation.take({"MaxBurstLength", "4096"}, reply));
  ASSERT_TRUE(negotiation.take({"FirstBurstLength", "65536"}, reply));
  EXPECT_EQ(negotiation.finish()->first_burst_bytes, 4096u);
}

TEST(Negotiation, RefusesAnswersBeyondTheOffer) {
  const TextKey cases[] = {{"MaxBurstLength", "16777215"},
                           {"FirstBurstLength", "1048576"},
                           {"FirstBurstLength", "511"},
                           {"MaxBurstLength", "many"},
                           {"MaxOutstandingR2T", "2"},
                           {"MaxOutstandingR2T", "0"},
                           {"MaxConnections", "2"},
                           {"ErrorRecoveryLevel", "1"},
                           {"DefaultTime2Wait", "1"},
                           {"DefaultTime2Wait", "3601"},
                           {"DefaultTime2Retain", "20"},
                           {"MaxRecvDataSegmentLength", "511"},
                           {"MaxRecvDataSegmentLength", "16777216"},
                           {"DataPDUInOrder", "No"},
                           {"DataSequenceInOrder", "No"},
                           {"InitialR2T", "Maybe"},
                           {"ImmediateData", "Reject"},
                           {"HeaderDigest", "MD5"}};
  const SessionOptions options = bench_options();
  for (const TextKey& key : cases) {
    std::string reply;
    auto taken = Negotiation(options).take(key, reply);
    EXPECT_FALSE(taken) << key.name << "=" << key.value;
  }
}

TEST(Negotiation, RefusesImmediateDataThatWasNotOffered) {
  SessionOptions options = bench_options();
  options.is_immediate_data_wanted = false;
  std::string reply;
  EXPECT_FALSE(Negotiation(options).take({"ImmediateData", "Yes"}, reply));
  options.is_initial_r2t_wanted = true;
  EXPECT_FALSE(Negotiation(options).take({"InitialR2T", "No"}, reply));
}

TEST(Negotiation, RefusesASecondAnswer) {
  const SessionOptions options = bench_options();
  Negotiation negotiation(options);
  std::string reply;
  ASSERT_TRUE(negotiation.take({"InitialR2T", "No"}, reply));
  EXPECT_FALSE(negotiation.take({"InitialR2T", "No"}, reply));
}

TEST(Negotiation, SettlesDigestsByPolicy) {
  const struct {
    DigestPolicy policy;
    const char* answer;
    std::optional<bool> has_digest;  // nothing: refused
  } cases[] = {{DigestPolicy::none, "None", false},
               {DigestPolicy::none, "CRC32C", {}},
               {DigestPolicy::none, "Reject", {}},
               {DigestPolicy::crc32c, "CRC32C", true},
               {DigestPolicy::crc32c, "None", {}},
               {DigestPolicy::crc32c, "Reject", {}},
               {DigestPolicy::prefer_crc32c, "CRC32C", true},
               {DigestPolicy::prefer_crc32c, "None", false},
               {DigestPolicy::prefer_none, "CRC32C", true},
               {DigestPolicy::prefer_none, "None", false},
               {DigestPolicy::prefer_none, "Reject", {}}};
  for (const auto& entry : cases) {
    SessionOptions options = bench_options();
    options.header_digest = options.data_digest = entry.policy;
    Negotiation negotiation(options);
    std::string reply;
    const bool is_taken = negotiation.take({"HeaderDigest", entry.answer}, reply).has_value() &&
                          negotiation.take({"DataDigest", entry.answer}, reply).has_value();
    ASSERT_EQ(is_taken, entry.has_digest.has_value()) << entry.answer;
    if (!is_taken) continue;
    EXPECT_EQ(negotiation.finish()->has_header_digest, *entry.has_digest);
    EXPECT_EQ(negotiation.finish()->has_data_digest, *entry.has_digest);
  }
}

TEST(Negotiation, RefusesATargetThatIgnoresADemandedDigest) {
  SessionOptions options = bench_options();
  options.data_digest = DigestPolicy::crc32c;
  EXPECT_FALSE(Negotiation(options).finish());
}

TEST(Negotiation, AnswersKeysItDoesNotKnow) {
  const SessionOptions options = bench_options();
  Negotiation negotiation(options);
  std::string reply;
  ASSERT_TRUE(negotiation.take({"X-com.example.turbo", "Yes"}, reply));
  ASSERT_TRUE(negotiation.take({"IFMarker", "NotUnderstood"}, reply));
  EXPECT_EQ(reply, std::string("X-com.example.turbo=NotUnderstood\0", 34));
}

}  // namespace
}  // namespace laneway::iscsi
