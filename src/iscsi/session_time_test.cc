// Pings, logout, async messages and task management: what a session does beside I/O.
#include <gtest/gtest.h>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::bench_options;
using testing::BenchTask;
using testing::SessionBench;
using testing::TargetPdu;

TEST(SessionPing, AnswersTheTargets) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.feed(bench.numbered(Opcode::nop_in, 0x80, false).set32(20, 0x4242).set_lun(0x0003000000000000));
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::nop_out);
  EXPECT_TRUE(pdus[0].is_immediate());
  EXPECT_EQ(pdus[0].tag(), kReservedTag);
  EXPECT_EQ(pdus[0].at32(20), 0x4242u);
  EXPECT_EQ(pdus[0].lun(), 0x0003000000000000u);
  EXPECT_EQ(pdus[0].at32(28), bench.stat_sn);  // its StatSN was not used up (RFC 7143 11.19.3)
  EXPECT_EQ(bench.session->counters().pings_answered, 1u);
}

TEST(SessionPing, ProbesASilentTarget) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint64_t start = bench.now_ns;
  EXPECT_EQ(bench.session->next_deadline_ns(), start + 5 * kSecond);
  bench.now_ns = start + 5 * kSecond;
  bench.session->on_time(bench.now_ns);
  auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::nop_out);
  EXPECT_EQ(pdus[0].at32(20), kReservedTag);
  EXPECT_NE(pdus[0].tag(), kReservedTag);
  bench.session->on_time(bench.now_ns + kSecond);
  EXPECT_TRUE(bench.collect().empty());
  bench.feed(bench.numbered(Opcode::nop_in).set32(16, pdus[0].tag()));
  EXPECT_EQ(bench.session->next_deadline_ns(), bench.now_ns + 5 * kSecond);
  EXPECT_EQ(bench.session->counters().pings_sent, 1u);
  // The same answer again is one too many.
  bench.feed(bench.numbered(Opcode::nop_in).set32(16, pdus[0].tag()));
  EXPECT_EQ(bench.session->state(), SessionState::failed);
}

TEST(SessionPing, GivesUpADeadTarget) {
  BenchTask task(DataDirection::none, 0);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.send(task);
  bench.session->on_time(bench.now_ns + 5 * kSecond);
  bench.session->on_time(bench.now_ns + 10 * kSecond - 1);
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
  bench.session->on_time(bench.now_ns + 10 * kSecond);
  ASSERT_EQ(bench.session->state(), SessionState::failed);
  EXPECT_EQ(bench.session->failure().code, ErrorCode::timed_out);
}

TEST(SessionPing, TakesARejectAsASignOfLife) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->on_time(bench.now_ns + 5 * kSecond);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  bench.feed(bench.numbered(Opcode::reject).set8(2, 6).set_data(pdus[0].bhs));
  bench.session->on_time(bench.now_ns + 5 * kSecond + 1);
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
}

TEST(SessionLogout, EndsInOrder) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->logout(bench.now_ns);
  EXPECT_EQ(bench.session->state(), SessionState::logging_out);
  bench.session->logout(bench.now_ns);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::logout);
  EXPECT_EQ(pdus[0].flags(), 0x80);  // reason 0: close the session
  bench.feed(bench.numbered(Opcode::logout_response).set32(16, pdus[0].tag()).set16(40, 7));
  EXPECT_EQ(bench.session->state(), SessionState::logged_out);
  EXPECT_EQ(bench.session->reconnect_wait_s(), 7);
}

TEST(SessionLogout, SendsNothingElseOnceBegun) {
  BenchTask before(DataDirection::none, 0);
  BenchTask after(DataDirection::none, 0);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(before).tag();
  bench.session->logout(bench.now_ns);
  bench.session->submit(after);
  EXPECT_EQ(bench.collect().size(), 1u);
  bench.feed(bench.scsi_response(tag));
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&before});
  EXPECT_TRUE(bench.collect().empty());
}

TEST(SessionLogout, FailsWhereItIsRefusedOrUnanswered) {
  for (const bool is_refused : {true, false}) {
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    bench.session->logout(bench.now_ns);
    const auto pdus = bench.collect();
    EXPECT_EQ(bench.session->next_deadline_ns(), bench.now_ns + 15 * kSecond);
    if (is_refused) bench.feed(bench.numbered(Opcode::logout_response).set32(16, pdus.at(0).tag()).set8(2, 3));
    if (!is_refused) bench.session->on_time(bench.now_ns + 15 * kSecond);
    EXPECT_EQ(bench.session->state(), SessionState::failed);
    EXPECT_EQ(bench.session->failure().code, is_refused ? ErrorCode::refused : ErrorCode::timed_out);
  }
}

TEST(SessionAsync, DrainsAndLogsOutWhenTheTargetAsks) {
  for (const uint8_t event : {uint8_t{1}, uint8_t{4}}) {
    BenchTask running(DataDirection::none, 0);
    BenchTask waiting(DataDirection::none, 0);
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    const uint32_t tag = bench.send(running).tag();
    bench.feed(bench.numbered(Opcode::async_message).set8(36, event).set16(42, 10));
    EXPECT_EQ(bench.session->state(), SessionState::draining);
    EXPECT_EQ(bench.session->next_deadline_ns(), bench.now_ns + 5 * kSecond);
    bench.session->submit(waiting);
    EXPECT_TRUE(bench.collect().empty());
    bench.feed(bench.scsi_response(tag));
    const auto pdus = bench.collect();
    ASSERT_EQ(pdus.size(), 1u);
    EXPECT_EQ(pdus[0].opcode(), Opcode::logout);
    bench.feed(bench.numbered(Opcode::logout_response).set32(16, pdus[0].tag()));
    EXPECT_EQ(bench.session->state(), SessionState::logged_out);
    EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&running});
    EXPECT_EQ(bench.session->abandon(), &waiting);
    EXPECT_FALSE(waiting.was_sent);
  }
}

TEST(SessionAsync, LogsOutEvenIfTasksHang) {
  BenchTask running(DataDirection::none, 0);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.send(running);
  bench.feed(bench.numbered(Opcode::async_message).set8(36, 1).set16(42, 4));
  bench.now_ns += 2 * kSecond;
  bench.session->on_time(bench.now_ns);
  EXPECT_EQ(bench.session->state(), SessionState::logging_out);
  EXPECT_EQ(bench.collect().size(), 1u);
}

TEST(SessionAsync, FailsWhenTheTargetDropsTheConnection) {
  for (const uint8_t event : {uint8_t{2}, uint8_t{3}}) {
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    bench.feed(bench.numbered(Opcode::async_message).set8(36, event).set16(40, 9).set16(42, 20));
    ASSERT_EQ(bench.session->state(), SessionState::failed);
    EXPECT_EQ(bench.session->reconnect_wait_s(), 9);
  }
}

TEST(SessionAsync, PassesScsiEventsOnAndKeepsAFew) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const std::vector<uint8_t> payload{0, 4, 0x70, 0, 6, 0, 0xff};
  for (int i = 0; i < 12; ++i) {
    TargetPdu event = bench.numbered(Opcode::async_message).set8(36, 0).set_lun(static_cast<uint64_t>(i) << 48);
    bench.feed(event.set_data(payload));
  }
  AsyncSense sense;
  for (uint64_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(bench.session->take_async_sense(sense));
    EXPECT_EQ(sense.lun, i << 48);
    EXPECT_EQ(sense.sense_bytes, 4);
    EXPECT_EQ(sense.sense()[2], 6);
  }
  EXPECT_FALSE(bench.session->take_async_sense(sense));
}

TEST(SessionAsync, IgnoresVendorsEvents) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.feed(bench.numbered(Opcode::async_message).set8(36, 255));
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
}

}  // namespace
}  // namespace laneway::iscsi
