#include <gtest/gtest.h>

#include "iscsi/discovery.h"
#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using namespace std::string_literals;
using testing::bench_options;
using testing::obliging_keys;
using testing::SentPdu;
using testing::SessionBench;
using testing::TargetPdu;

const std::string kNone = "AuthMethod=None\0"s;
const std::string kChap = "AuthMethod=CHAP\0"s;

bool has_key(const SentPdu& pdu, std::string_view pair) {
  const std::string text = "\0"s + std::string(pdu.text());
  return text.find("\0"s + std::string(pair) + "\0"s) != std::string::npos;
}

SessionOptions chap_options() {
  SessionOptions options = bench_options();
  options.chap.initiator = {"alice", "alicesecret12"};
  options.chap.fill_challenge = [](ByteSpan out) { std::fill(out.begin(), out.end(), uint8_t{0x5a}); };
  return options;
}

void expect_failure(SessionBench& bench, ErrorCode code, std::string_view words) {
  ASSERT_EQ(bench.session->state(), SessionState::failed);
  EXPECT_EQ(bench.session->failure().code, code) << bench.session->failure().message;
  EXPECT_NE(bench.session->failure().message.find(words), std::string::npos) << bench.session->failure().message;
}

TEST(SessionLogin, BeginsAtStageZeroWithNamesAndIsid) {
  SessionBench bench;
  EXPECT_TRUE(bench.collect().empty());
  bench.session->start(bench.now_ns);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::login);
  EXPECT_TRUE(pdus[0].is_immediate());
  EXPECT_EQ(pdus[0].flags(), 0x81);               // T, CSG 0, NSG 1
  EXPECT_EQ(pdus[0].lun(), 0x8012345600070000u);  // ISID, TSIH 0
  EXPECT_TRUE(has_key(pdus[0], "InitiatorName=iqn.2026-11.io.laneway:host"));
  EXPECT_TRUE(has_key(pdus[0], "TargetName=iqn.2026-11.test:disk"));
  EXPECT_TRUE(has_key(pdus[0], "SessionType=Normal"));
  EXPECT_TRUE(has_key(pdus[0], "AuthMethod=None"));
  EXPECT_TRUE(bench.collect().empty());
}

TEST(SessionLogin, GoesThroughTheStagesToFullFeature) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 1, kNone));
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].flags(), 0x87);   // T, CSG 1, NSG 3
  EXPECT_EQ(pdus[0].at32(28), 101u);  // ExpStatSN
  EXPECT_TRUE(has_key(pdus[0], "DataPDUInOrder=Yes"));
  bench.feed(bench.login_response(1, 3, obliging_keys() + "TargetAlias=a disk\0"s));
  ASSERT_EQ(bench.session->state(), SessionState::full_feature);
  const SessionLimits& limits = bench.session->limits();
  EXPECT_EQ(limits.tsih, 5);
  EXPECT_EQ(limits.portal_group_tag, 1);
  EXPECT_EQ(limits.max_send_segment_bytes, 65536u);
  EXPECT_FALSE(limits.is_initial_r2t);
  EXPECT_EQ(bench.session->target_alias(), "a disk");
  EXPECT_TRUE(bench.collect().empty());
}

TEST(SessionLogin, SurvivesEveryCutOfTheStream) {
  for (size_t chunk = 1; chunk < 60; ++chunk) {
    SessionBench bench;
    bench.session->start(bench.now_ns);
    ASSERT_EQ(bench.collect(chunk).size(), 1u);
    bench.feed(bench.login_response(0, 1, kNone), chunk);
    ASSERT_EQ(bench.collect(chunk).size(), 1u);
    bench.feed(bench.login_response(1, 3, obliging_keys()), chunk);
    ASSERT_EQ(bench.session->state(), SessionState::full_feature) << chunk;
  }
}

TEST(SessionLogin, TakesATargetThatAsksForMoreRounds) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 0, kNone, false));
  auto pdus = bench.collect();
  EXPECT_EQ(pdus.at(0).flags(), 0x81);
  EXPECT_TRUE(pdus[0].data.empty());
  bench.feed(bench.login_response(0, 1, ""));
  bench.collect();
  bench.feed(bench.login_response(1, 1, "X-a.b=1\0MaxBurstLength=8192\0"s, false));
  pdus = bench.collect();
  EXPECT_EQ(pdus.at(0).text(), "X-a.b=NotUnderstood\0"s);
  bench.feed(bench.login_response(1, 3, ""));
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
  EXPECT_EQ(bench.session->limits().max_burst_bytes, 8192u);
}

TEST(SessionLogin, FetchesTextThatIsContinued) {
  // RFC 7143 6.2: a key may be cut anywhere; the C bit asks for an empty request.
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 1, kNone));
  bench.collect();
  TargetPdu first = bench.login_response(1, 1, "MaxBurstLen", false);
  bench.feed(first.set8(1, 0x44));
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].flags(), 0x04);
  EXPECT_TRUE(pdus[0].data.empty());
  bench.feed(bench.login_response(1, 1, "gth=4096\0"s, false));
  bench.collect();
  bench.feed(bench.login_response(1, 3, ""));
  EXPECT_EQ(bench.session->limits().max_burst_bytes, 4096u);
}

TEST(SessionLogin, AuthenticatesWithChap) {
  SessionBench bench(chap_options());
  bench.session->start(bench.now_ns);
  auto pdus = bench.collect();
  EXPECT_TRUE(has_key(pdus.at(0), "AuthMethod=CHAP,None"));
  bench.feed(bench.login_response(0, 0, kChap, false));
  pdus = bench.collect();
  EXPECT_EQ(pdus.at(0).text(), "CHAP_A=5\0"s);
  EXPECT_EQ(pdus[0].flags(), 0x00);
  bench.feed(bench.login_response(0, 0, "CHAP_A=5\0CHAP_I=7\0CHAP_C=0x000102030405060708090a0b0c0d0e0f\0"s, false));
  pdus = bench.collect();
  EXPECT_EQ(pdus.at(0).flags(), 0x81);
  EXPECT_TRUE(has_key(pdus[0], "CHAP_N=alice"));
  EXPECT_TRUE(has_key(pdus[0], "CHAP_R=0x12d1b6a5d2644d6c54e5fd724cc21d44"));
  bench.feed(bench.login_response(0, 1, ""));
  bench.collect();
  bench.feed(bench.login_response(1, 3, obliging_keys()));
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
}

TEST(SessionLogin, GoesWithoutChapWhereTheTargetDoesNotAsk) {
  for (const std::string& answer : {kNone, ""s}) {
    SessionBench bench(chap_options());
    bench.session->start(bench.now_ns);
    bench.collect();
    bench.feed(bench.login_response(0, 1, answer));
    bench.collect();
    bench.feed(bench.login_response(1, 3, obliging_keys()));
    EXPECT_EQ(bench.session->state(), SessionState::full_feature);
  }
}

TEST(SessionLogin, InsistsOnTheTargetsProofInMutualChap) {
  SessionOptions options = chap_options();
  options.chap.target = {"array", "arraysecret12"};
  const std::string challenge = "CHAP_A=5\0CHAP_I=7\0CHAP_C=0x000102030405060708090a0b0c0d0e0f\0"s;
  const struct {
    const char* what;
    std::vector<std::pair<std::string, bool>> answers;  // text and T bit
  } cases[] = {
      {"chooses None", {{kNone, true}}},
      {"chooses nothing", {{"", true}}},
      {"ends before CHAP", {{kChap, true}}},
      {"ends after its challenge", {{kChap, false}, {challenge, true}}},
      {"ends without proof", {{kChap, false}, {challenge, false}, {"", true}}},
      {"ends with a wrong proof", {{kChap, false}, {challenge, false}, {"CHAP_N=array\0CHAP_R=0x00\0"s, true}}},
  };
  for (const auto& entry : cases) {
    SessionBench bench(options);
    bench.session->start(bench.now_ns);
    EXPECT_TRUE(has_key(bench.collect().at(0), "AuthMethod=CHAP"));
    for (const auto& [text, is_transit] : entry.answers) {
      bench.feed(bench.login_response(0, 1, text, is_transit));
      bench.collect();
    }
    EXPECT_EQ(bench.session->state(), SessionState::failed) << entry.what;
  }
}

TEST(SessionLogin, SaysWhatToDoWhenTheTargetDemandsChap) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 0, kChap, false));
  expect_failure(bench, ErrorCode::permission_denied, "give the CHAP user and secret");
  EXPECT_TRUE(bench.session->is_refusal());
}

TEST(SessionLogin, TurnsEveryStatusIntoASentence) {
  const struct {
    uint8_t status_class;
    uint8_t detail;
    ErrorCode code;
    bool is_refusal;
    const char* words;
  } cases[] = {
      {2, 0x00, ErrorCode::refused, true, "initiator error"},
      {2, 0x01, ErrorCode::permission_denied, true, "give the CHAP user and secret"},
      {2, 0x02, ErrorCode::permission_denied, true, "access list"},
      {2, 0x03, ErrorCode::not_found, true, "no such target"},
      {2, 0x04, ErrorCode::not_found, true, "removed"},
      {2, 0x05, ErrorCode::unsupported, true, "version"},
      {2, 0x06, ErrorCode::refused, false, "too many"},
      {2, 0x07, ErrorCode::protocol, true, "parameter"},
      {2, 0x08, ErrorCode::refused, false, "include"},
      {2, 0x09, ErrorCode::unsupported, true, "type of session"},
      {2, 0x0a, ErrorCode::refused, false, "know the session"},
      {2, 0x0b, ErrorCode::protocol, true, "invalid"},
      {2, 0x77, ErrorCode::refused, true, "0277"},
      {3, 0x00, ErrorCode::refused, false, "error of its own"},
      {3, 0x01, ErrorCode::refused, false, "unavailable"},
      {3, 0x02, ErrorCode::refused, false, "resources"},
      {9, 0x09, ErrorCode::refused, false, "0909"},
  };
  for (const auto& entry : cases) {
    SessionBench bench;
    bench.session->start(bench.now_ns);
    bench.collect();
    bench.feed(bench.login_response(0, 0, "", false).set8(36, entry.status_class).set8(37, entry.detail));
    expect_failure(bench, entry.code, entry.words);
    EXPECT_EQ(bench.session->is_refusal(), entry.is_refusal) << entry.words;
    EXPECT_NE(bench.session->failure().message.find("iqn.2026-11.test:disk"), std::string::npos);
  }
}

TEST(SessionLogin, BlamesTheSecretWhereOneWasGiven) {
  SessionBench bench(chap_options());
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 0, "", false).set8(36, 2).set8(37, 1));
  expect_failure(bench, ErrorCode::permission_denied, "check the CHAP user and secret");
  EXPECT_EQ(bench.session->failure().message.find("alicesecret12"), std::string::npos);
}

TEST(SessionLogin, FollowsARedirect) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 0, "TargetAddress=[::1]:3261,2\0"s, false).set8(36, 1).set8(37, 2));
  ASSERT_EQ(bench.session->state(), SessionState::redirected);
  EXPECT_EQ(bench.session->redirect()->host, "::1");
  EXPECT_EQ(bench.session->redirect()->port, 3261);
  EXPECT_TRUE(bench.session->redirect()->is_permanent);
}

TEST(SessionLogin, RefusesARedirectToNowhere) {
  for (const std::string& text : {""s, "TargetAddress=\0"s, "TargetAddress=:1\0"s, "nonsense"s}) {
    SessionBench bench;
    bench.session->start(bench.now_ns);
    bench.collect();
    bench.feed(bench.login_response(0, 0, text, false).set8(36, 1).set8(37, 1));
    expect_failure(bench, ErrorCode::protocol, "without saying where");
  }
}

TEST(SessionLogin, FailsOnEveryWrongFieldOfAResponse) {
  using Change = void (*)(TargetPdu&);
  const struct {
    const char* what;
    Change change;
  } cases[] = {
      {"another tag", [](TargetPdu& p) { p.set32(16, 1); }},
      {"another ISID", [](TargetPdu& p) { p.set8(13, 8); }},
      {"another version", [](TargetPdu& p) { p.set8(3, 1); }},
      {"another stage", [](TargetPdu& p) { p.set8(1, 0x87); }},
      {"straight to full feature", [](TargetPdu& p) { p.set8(1, 0x83); }},
      {"transit in the middle of text", [](TargetPdu& p) { p.set8(1, 0xc1); }},
      {"malformed text", [](TargetPdu& p) { p.set_text("AuthMethod"); }},
      {"method twice", [](TargetPdu& p) { p.set_text("AuthMethod=None\0AuthMethod=None\0"s); }},
      {"unknown method", [](TargetPdu& p) { p.set_text("AuthMethod=KRB5\0"s); }},
      {"wrong group tag", [](TargetPdu& p) { p.set_text("AuthMethod=None\0TargetPortalGroupTag=65536\0"s); }},
      {"another PDU", [](TargetPdu& p) { p.set8(0, 0x25); }},
      {"an R2T", [](TargetPdu& p) { p.set8(0, 0x31); }},
      {"unknown opcode", [](TargetPdu& p) { p.set8(0, 0x3e); }},
  };
  for (const auto& entry : cases) {
    SessionBench bench;
    bench.session->start(bench.now_ns);
    bench.collect();
    TargetPdu pdu = bench.login_response(0, 1, kNone);
    entry.change(pdu);
    bench.feed(pdu);
    EXPECT_EQ(bench.session->state(), SessionState::failed) << entry.what;
  }
}

TEST(SessionLogin, FailsOnASessionWithoutHandle) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 1, kNone));
  bench.collect();
  bench.feed(bench.login_response(1, 3, obliging_keys()).set16(14, 0));
  expect_failure(bench, ErrorCode::protocol, "TSIH");
}

TEST(SessionLogin, FailsOnAnAnswerNobodyAskedFor) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 1, kNone));
  bench.feed(bench.login_response(1, 3, obliging_keys()));
  expect_failure(bench, ErrorCode::protocol, "not asked for");
}

TEST(SessionLogin, EndsALoginThatNeverEnds) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  bench.feed(bench.login_response(0, 1, kNone));
  for (uint32_t round = 0; round < 100 && !is_ended(bench.session->state()); ++round) {
    bench.collect();
    bench.feed(bench.login_response(1, 1, "", false));
  }
  expect_failure(bench, ErrorCode::protocol, "exchanges");
}

TEST(SessionLogin, EndsLoginTextThatNeverEnds) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.collect();
  const std::string text(8192, 'a');
  for (uint32_t round = 0; round < 100 && !is_ended(bench.session->state()); ++round) {
    bench.feed(bench.login_response(0, 0, text, false).set8(1, 0x40));
    bench.collect();
  }
  expect_failure(bench, ErrorCode::protocol, "bytes of login text");
}

TEST(SessionLogin, TimesOut) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  EXPECT_EQ(bench.session->next_deadline_ns(), bench.now_ns + 15 * kSecond);
  bench.session->on_time(bench.now_ns + 15 * kSecond - 1);
  EXPECT_EQ(bench.session->state(), SessionState::login);
  bench.session->on_time(bench.now_ns + 15 * kSecond);
  expect_failure(bench, ErrorCode::timed_out, "login");
  EXPECT_FALSE(bench.session->is_refusal());
  EXPECT_EQ(bench.session->next_deadline_ns(), kNever);
}

TEST(SessionLogin, KeepsTasksThatCameEarlyAndSendsThemAfterwards) {
  testing::BenchTask task(DataDirection::from_target, 512);
  SessionBench bench;
  bench.session->submit(task);
  ASSERT_TRUE(bench.log_in());
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::scsi_command);
}

TEST(SessionLogin, IsEndedByALogoutAtOnce) {
  SessionBench bench;
  bench.session->start(bench.now_ns);
  bench.session->logout(bench.now_ns);
  EXPECT_EQ(bench.session->state(), SessionState::logged_out);
  EXPECT_TRUE(bench.collect().empty());
}

TEST(SessionDiscovery, ListsTargetsOverContinuedText) {
  SessionOptions options = bench_options();
  options.kind = SessionKind::discovery;
  options.target_name.clear();
  SessionBench bench(options);
  bench.session->start(bench.now_ns);
  auto pdus = bench.collect();
  EXPECT_TRUE(has_key(pdus.at(0), "SessionType=Discovery"));
  EXPECT_EQ(std::string(pdus[0].text()).find("TargetName"), std::string::npos);
  bench.feed(bench.login_response(0, 1, kNone));
  bench.collect();
  bench.feed(bench.login_response(1, 3, ""));
  ASSERT_EQ(bench.session->state(), SessionState::full_feature);

  bench.session->request_text(kSendTargetsAll);
  EXPECT_TRUE(bench.session->is_text_pending());
  pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::text);
  EXPECT_EQ(pdus[0].text(), kSendTargetsAll);
  EXPECT_EQ(pdus[0].at32(20), kReservedTag);
  const uint32_t tag = pdus[0].tag();
  TargetPdu part = bench.numbered(Opcode::text_response, 0x40);
  bench.feed(part.set32(16, tag).set32(20, 0x99).set_text("TargetName=iqn.2026-11.te"));
  EXPECT_FALSE(bench.session->take_text());
  pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].at32(20), 0x99u);
  EXPECT_EQ(pdus[0].tag(), tag);
  EXPECT_TRUE(pdus[0].data.empty());
  TargetPdu last = bench.numbered(Opcode::text_response, 0x80);
  bench.feed(last.set32(16, tag).set_text("st:a\0"s));
  const auto text = bench.session->take_text();
  ASSERT_TRUE(text);
  EXPECT_EQ(decode_send_targets(*text)->at(0).name, "iqn.2026-11.test:a");
  EXPECT_FALSE(bench.session->is_text_pending());
  EXPECT_FALSE(bench.session->take_text());
}

TEST(SessionDiscovery, EndsTextThatNeverEnds) {
  for (const size_t bytes : {size_t{0}, size_t{8192}}) {
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    bench.session->request_text(kSendTargetsAll);
    const uint32_t tag = bench.collect().at(0).tag();
    const std::string text(bytes, 'a');
    uint32_t rounds = 0;
    while (!is_ended(bench.session->state()) && ++rounds < 10000) {
      TargetPdu part = bench.numbered(Opcode::text_response, 0x00);
      bench.feed(part.set32(16, tag).set32(20, 1).set_text(text));
      bench.collect();
    }
    expect_failure(bench, ErrorCode::protocol, "does not end");
  }
}

TEST(SessionDiscovery, FailsOnWrongText) {
  const struct {
    const char* what;
    uint32_t tag_change;
    uint32_t transfer_tag;
  } cases[] = {{"another tag", 1, 1}, {"goes on without a tag", 0, kReservedTag}};
  for (const auto& entry : cases) {
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    bench.session->request_text(kSendTargetsAll);
    const uint32_t tag = bench.collect().at(0).tag();
    TargetPdu part = bench.numbered(Opcode::text_response, 0x00);
    bench.feed(part.set32(16, tag + entry.tag_change).set32(20, entry.transfer_tag));
    EXPECT_EQ(bench.session->state(), SessionState::failed) << entry.what;
  }
}

}  // namespace
}  // namespace laneway::iscsi
