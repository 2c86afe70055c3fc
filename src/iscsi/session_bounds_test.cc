// What an honest but peculiar target may do, and what no target can: make a session allocate.
#include <gtest/gtest.h>
#include <malloc.h>

#include "base/sanitized.h"
#include "iscsi/noise_limit.h"
#include "iscsi/pdu_clock.h"
#include "iscsi/testing/session_bench.h"

// Of a sanitizer's runtime, which g++ ships without its header.
extern "C" size_t __sanitizer_get_current_allocated_bytes();

namespace laneway::iscsi {
namespace {

using testing::BenchTask;
using testing::SessionBench;
using testing::TargetPdu;

TEST(NoiseLimit, AdmitsABurstAndThenWhatTimeBrings) {
  NoiseLimit noise;
  uint64_t now_ns = 5 * kSecond;
  for (uint32_t i = 0; i < NoiseLimit::kBurst; ++i) ASSERT_TRUE(noise.admit(now_ns)) << i;
  EXPECT_FALSE(noise.admit(now_ns));
  NoiseLimit slow;
  for (uint32_t i = 0; i < 100 * NoiseLimit::kBurst; ++i) {
    now_ns += kSecond / NoiseLimit::kPerSecond;
    ASSERT_TRUE(slow.admit(now_ns)) << i;
  }
}

TEST(PduClock, RunsFromTheBeginningOfAPduToItsEnd) {
  PduClock clock(10 * kSecond);
  EXPECT_EQ(clock.next_deadline_ns(), kNever);
  clock.look(true, 1, kSecond);
  EXPECT_EQ(clock.next_deadline_ns(), 11 * kSecond);
  clock.look(true, 1, 5 * kSecond);  // a little more of it
  EXPECT_EQ(clock.next_deadline_ns(), 11 * kSecond);
  clock.look(true, 2, 6 * kSecond);  // the next one has begun
  EXPECT_EQ(clock.next_deadline_ns(), 16 * kSecond);
  EXPECT_FALSE(clock.is_late(16 * kSecond - 1));
  EXPECT_TRUE(clock.is_late(16 * kSecond));
  clock.look(false, 3, 7 * kSecond);
  EXPECT_FALSE(clock.is_late(100 * kSecond));
}

TEST(SessionBounds, ALargePduMayTakeItsTimeWhileItMoves) {
  BenchTask read(DataDirection::from_target, 256 * 1024);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(read).tag();
  const std::vector<uint8_t> bytes = bench.encode(bench.data_in(tag, 0, 0, std::vector<uint8_t>(256 * 1024, 7), true));
  for (size_t at = 0; at < bytes.size(); at += 32 * 1024) {
    bench.now_ns += kSecond;
    bench.feed(ByteView(bytes).subspan(at, std::min<size_t>(32 * 1024, bytes.size() - at)));
    bench.session->on_time(bench.now_ns);
  }
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{&read});
}

TEST(SessionBounds, ATargetMaySayALittleMoreThanItMust) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  for (int minute = 0; minute < 60; ++minute) {
    for (int i = 0; i < 200; ++i) {
      bench.feed(bench.numbered(Opcode::nop_in, 0x80, false).set32(20, 1));
      bench.feed(bench.numbered(Opcode::async_message).set8(36, 255));
      bench.collect();
    }
    bench.now_ns += 60 * kSecond;
  }
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
}

TEST(SessionBounds, NumbersOfTheWindowMayBeAnything) {
  std::vector<std::unique_ptr<BenchTask>> tasks;
  for (int i = 0; i < 40; ++i) tasks.push_back(std::make_unique<BenchTask>(DataDirection::none, 0));
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  for (const uint32_t max_cmd_sn : {0u, 1u, 0x80000000u, 0xffffffffu, 0x7fffffffu}) {
    for (const uint32_t exp_cmd_sn : {0u, 5u, 0x80000000u, 0xffffffffu}) {
      bench.feed(bench.numbered(Opcode::nop_in, 0x80, false).set32(28, exp_cmd_sn).set32(32, max_cmd_sn));
    }
  }
  for (auto& task : tasks) bench.session->submit(*task);
  EXPECT_LE(bench.collect().size(), bench.session->options().queue_depth);
  EXPECT_EQ(bench.session->state(), SessionState::full_feature);
}

// The heap that is in use, in bytes.
size_t heap_bytes() {
  if constexpr (kIsSanitized) return __sanitizer_get_current_allocated_bytes();
  return ::mallinfo2().uordblks;
}

// Feeds without allocating anything itself.
void feed_quietly(Session& session, ByteView bytes, uint64_t now_ns) {
  std::array<iovec, 8> pieces;
  while (!bytes.empty()) {
    const size_t count = session.receive_into(pieces);
    if (count == 0) return;
    const size_t run = std::min(bytes.size(), pieces[0].iov_len);
    std::memcpy(pieces[0].iov_base, bytes.data(), run);
    session.received(run, now_ns);
    bytes = bytes.subspan(run);
  }
}

TEST(SessionBounds, NothingThatATargetSendsMakesASessionAllocate) {
  BenchTask read(DataDirection::from_target, 64 * 1024);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(read).tag();
  std::vector<std::vector<uint8_t>> stream;
  for (uint32_t i = 0; i < 200; ++i) {
    stream.push_back(bench.encode(bench.numbered(Opcode::async_message).set8(36, 255).set_ahs(1020)));
    stream.push_back(bench.encode(
        bench.numbered(Opcode::async_message).set8(36, 255).set_data(std::vector<uint8_t>(256 * 1024, 1))));
    stream.push_back(bench.encode(bench.data_in(tag, i, 4 * i, std::vector<uint8_t>(4), false)));
  }
  std::vector<uint8_t> claim = bench.encode(TargetPdu(Opcode::text_response));
  std::fill_n(claim.begin() + 5, 3, uint8_t{0xff});  // a data segment of 16 MiB
  const size_t before = heap_bytes();
  for (const auto& bytes : stream) feed_quietly(*bench.session, bytes, bench.now_ns += 100 * kMillisecond);
  EXPECT_EQ(heap_bytes(), before);
  ASSERT_EQ(bench.session->state(), SessionState::full_feature);
  feed_quietly(*bench.session, claim, bench.now_ns);
  EXPECT_EQ(bench.session->fault(), SessionFault::framing);
  EXPECT_LE(heap_bytes(), before + 4096);  // the sentence that says why
}

TEST(SessionBounds, TextAndLoginThatNeverEndAreCutOff) {
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->request_text("SendTargets=All");
  for (int i = 0; i < 10000 && bench.session->state() == SessionState::full_feature; ++i) {
    const auto sent = bench.collect();
    ASSERT_FALSE(sent.empty());
    bench.feed(bench.numbered(Opcode::text_response, 0x40).set32(16, sent.back().tag()).set32(20, 9));
  }
  EXPECT_EQ(bench.session->fault(), SessionFault::framing);

  SessionBench login;
  login.session->start(login.now_ns);
  for (int i = 0; i < 10000 && login.session->state() == SessionState::login; ++i) {
    login.collect();
    TargetPdu more = login.login_response(0, 0, "", false);
    login.feed(more.set8(1, 0x40));
  }
  EXPECT_EQ(login.session->fault(), SessionFault::login);
}

}  // namespace
}  // namespace laneway::iscsi
