#include <gtest/gtest.h>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::bench_options;
using testing::BenchTask;
using testing::obliging_keys;
using testing::SentPdu;
using testing::SessionBench;
using testing::TargetPdu;

std::vector<uint8_t> pattern(size_t bytes, uint8_t seed = 3) {
  std::vector<uint8_t> data(bytes);
  for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<uint8_t>(i * 13 + seed + i / 255);
  return data;
}

std::string digest_keys() {
  std::string text = obliging_keys();
  for (size_t at = text.find("Digest=None"); at != std::string::npos; at = text.find("Digest=None")) {
    text.replace(at, 11, "Digest=CRC32C");
  }
  return text;
}

SessionOptions digest_options() {
  SessionOptions options = bench_options();
  options.header_digest = options.data_digest = DigestPolicy::crc32c;
  return options;
}

TEST(SessionRead, SendsTheCommandAndTakesDataWithStatus) {
  BenchTask task(DataDirection::from_target, 4096, 1000);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  task.cdb = {0x88, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  task.lun = 0x4123000000000000;
  const SentPdu command = bench.send(task);
  EXPECT_EQ(command.opcode(), Opcode::scsi_command);
  EXPECT_FALSE(command.is_immediate());
  EXPECT_EQ(command.flags(), 0x80 | 0x40 | 1);  // F, R, simple
  EXPECT_EQ(command.lun(), task.lun);
  EXPECT_EQ(command.at32(20), 4096u);
  EXPECT_EQ(command.at32(24), 1u);    // CmdSN
  EXPECT_EQ(command.at32(28), 102u);  // ExpStatSN
  EXPECT_TRUE(std::equal(task.cdb.begin(), task.cdb.end(), command.bhs.begin() + 32));
  EXPECT_TRUE(task.was_sent);

  const auto data = pattern(4096);
  bench.feed(bench.data_in(command.tag(), 0, 0, ByteView(data).first(3000), false));
  EXPECT_TRUE(bench.take_finished().empty());
  bench.feed(bench.data_in(command.tag(), 1, 3000, ByteView(data).subspan(3000), true));
  const auto finished = bench.take_finished();
  ASSERT_EQ(finished, std::vector<ScsiTask*>{&task});
  EXPECT_EQ(task.outcome, TaskOutcome::answered);
  EXPECT_EQ(task.scsi_status, 0);
  EXPECT_EQ(task.transferred_bytes, 4096u);
  EXPECT_EQ(task.memory, data);
  EXPECT_EQ(bench.session->task_count(), 0u);
}

TEST(SessionRead, TakesAStatusInAPduOfItsOwn) {
  BenchTask task(DataDirection::from_target, 512);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  const auto data = pattern(512);
  bench.feed(bench.data_in(tag, 0, 0, data, false));
  bench.feed(bench.scsi_response(tag));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.memory, data);
  EXPECT_EQ(task.transferred_bytes, 512u);
}

// The stream is cut into receives of every small size; payload goes through the buffer, or straight to the task.
TEST(SessionRead, SurvivesEveryCutOfTheStream) {
  const auto data = pattern(2048 + 61);
  for (const uint32_t direct_min : {1u, 100u, UINT32_MAX}) {
    for (const size_t piece_bytes : {size_t{1}, size_t{7}, size_t{512}, SIZE_MAX}) {
      for (size_t chunk = 1; chunk < 140; chunk += chunk < 60 ? 1 : 13) {
        SessionOptions options = bench_options();
        options.direct_receive_bytes_min = direct_min;
        BenchTask task(DataDirection::from_target, static_cast<uint32_t>(data.size()), piece_bytes);
        SessionBench bench(options);
        ASSERT_TRUE(bench.log_in());
        const uint32_t tag = bench.send(task).tag();
        auto bytes = bench.encode(bench.data_in(tag, 0, 0, ByteView(data).first(1031), false).set_ahs(12));
        const auto rest = bench.encode(bench.data_in(tag, 1, 1031, ByteView(data).subspan(1031), true));
        bytes.insert(bytes.end(), rest.begin(), rest.end());
        bench.feed(bytes, chunk, 3);
        ASSERT_EQ(bench.take_finished().size(), 1u) << chunk << " " << piece_bytes << " " << direct_min;
        ASSERT_EQ(task.memory, data);
        const SessionCounters& counters = bench.session->counters();
        EXPECT_EQ(counters.payload_bytes_direct + counters.payload_bytes_copied, data.size());
        EXPECT_TRUE(direct_min != UINT32_MAX || counters.payload_bytes_direct == 0);
      }
    }
  }
}

TEST(SessionRead, ReceivesLargePayloadStraightIntoTheTask) {
  BenchTask task(DataDirection::from_target, 256 * 1024);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  const auto data = pattern(task.data_bytes);
  bench.feed(bench.data_in(tag, 0, 0, data, true), 64 * 1024);
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.memory, data);
  EXPECT_EQ(bench.session->counters().payload_bytes_direct, 192u * 1024);
}

TEST(SessionRead, KnowsThatALargePayloadIsArriving) {
  BenchTask task(DataDirection::from_target, 256 * 1024);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  const auto bytes = bench.encode(bench.data_in(tag, 0, 0, pattern(task.data_bytes), true));
  EXPECT_FALSE(bench.session->is_in_large_payload());
  bench.feed(ByteView(bytes).first(64 * 1024));
  EXPECT_TRUE(bench.session->is_in_large_payload());
  bench.feed(ByteView(bytes).subspan(64 * 1024, 170 * 1024));
  EXPECT_FALSE(bench.session->is_in_large_payload()) << "the rest is small";
  bench.feed(ByteView(bytes).subspan(234 * 1024));
  EXPECT_FALSE(bench.session->is_in_large_payload());
  EXPECT_EQ(bench.take_finished().size(), 1u);
}

TEST(SessionRead, TakesManyPdusOfOneReceive) {
  std::vector<std::unique_ptr<BenchTask>> tasks;
  for (int i = 0; i < 16; ++i) tasks.push_back(std::make_unique<BenchTask>(DataDirection::from_target, 512));
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  for (auto& task : tasks) bench.session->submit(*task);
  const auto commands = bench.collect();
  ASSERT_EQ(commands.size(), 16u);
  std::vector<uint8_t> bytes;
  for (size_t i = commands.size(); i > 0; --i) {
    const auto pdu =
        bench.encode(bench.data_in(commands[i - 1].tag(), 0, 0, pattern(512, static_cast<uint8_t>(i)), true));
    bytes.insert(bytes.end(), pdu.begin(), pdu.end());
  }
  bench.feed(bytes);
  const auto finished = bench.take_finished();
  ASSERT_EQ(finished.size(), 16u);
  EXPECT_EQ(finished.front(), tasks.back().get());  // in order of completion
  for (size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(tasks[i]->memory, pattern(512, static_cast<uint8_t>(i + 1)));
}

TEST(SessionRead, GathersManyCommandsInOnePieceOfASend) {
  std::vector<std::unique_ptr<BenchTask>> tasks;
  for (int i = 0; i < 16; ++i) tasks.push_back(std::make_unique<BenchTask>(DataDirection::from_target, 512));
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  for (auto& task : tasks) bench.session->submit(*task);
  iovec pieces[8];
  ASSERT_EQ(bench.session->send_from(pieces, 0), 1u);
  EXPECT_EQ(pieces[0].iov_len, 16 * kBhsBytes);
  // Asked again before anything is sent, it says the same.
  ASSERT_EQ(bench.session->send_from(pieces, 0), 1u);
  EXPECT_EQ(pieces[0].iov_len, 16 * kBhsBytes);
}

TEST(SessionRead, CountsWhatArrivedNotWhatTheTargetClaims) {
  const struct {
    const char* what;
    uint8_t flags;
    uint32_t residual;
    size_t sent;
    uint32_t transferred;
  } cases[] = {{"underflow", 0x83, 212, 300, 300},
               {"short without a word", 0x81, 0, 300, 300},
               {"underflow beyond the data", 0x83, 400, 300, 112},
               {"absurd underflow", 0x83, UINT32_MAX, 300, 0},
               {"overflow", 0x85, 100, 512, 512}};
  for (const auto& entry : cases) {
    BenchTask task(DataDirection::from_target, 512);
    SessionBench bench;
    ASSERT_TRUE(bench.log_in());
    const uint32_t tag = bench.send(task).tag();
    TargetPdu pdu = bench.data_in(tag, 0, 0, pattern(entry.sent), true);
    bench.feed(pdu.set8(1, entry.flags).set32(44, entry.residual));
    ASSERT_EQ(bench.take_finished().size(), 1u) << entry.what;
    EXPECT_EQ(task.transferred_bytes, entry.transferred) << entry.what;
    EXPECT_EQ(task.is_overflow, (entry.flags & 4) != 0) << entry.what;
    EXPECT_EQ(task.residual_bytes, entry.residual) << entry.what;
  }
}

TEST(SessionRead, BringsSenseData) {
  BenchTask task(DataDirection::from_target, 512);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  std::vector<uint8_t> payload{0, 18, 0x70, 0, 6};
  payload.resize(20);
  bench.feed(bench.scsi_response(tag, 2).set_data(payload));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.scsi_status, 2);
  ASSERT_EQ(task.sense_bytes, 18);
  EXPECT_EQ(task.sense()[2], 6);
  EXPECT_EQ(task.transferred_bytes, 0u);
}

TEST(SessionRead, CutsLongSense) {
  BenchTask task(DataDirection::none, 0);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  std::vector<uint8_t> payload(2 + 252, 0x72);
  payload[0] = 0;
  payload[1] = 252;
  bench.feed(bench.scsi_response(tag, 2).set_data(payload));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.sense_bytes, task.sense_storage.size());
}

TEST(SessionRead, TellsATargetFailureFromAnAnswer) {
  BenchTask task(DataDirection::from_target, 512);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  bench.feed(bench.scsi_response(tag).set8(2, 1));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.outcome, TaskOutcome::target_failure);
  EXPECT_EQ(task.iscsi_response, 1);
}

TEST(SessionRead, UsesATagOnceOnly) {
  BenchTask task(DataDirection::from_target, 512);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t first = bench.send(task).tag();
  bench.feed(bench.data_in(first, 0, 0, pattern(512), true));
  bench.take_finished();
  const uint32_t second = bench.send(task).tag();
  EXPECT_NE(first, second);
  EXPECT_EQ(first & 0xffff, second & 0xffff);
  bench.feed(bench.data_in(first, 0, 0, pattern(512), true));
  EXPECT_EQ(bench.session->state(), SessionState::failed);
}

TEST(SessionRead, ChecksDigestsOfEveryCut) {
  const auto data = pattern(301);
  for (size_t chunk = 1; chunk < 80; ++chunk) {
    SessionOptions options = digest_options();
    options.direct_receive_bytes_min = 1;  // to no effect: what is summed must not lie in the guest's reach
    BenchTask task(DataDirection::from_target, 301, 100);
    SessionBench bench(options);
    ASSERT_TRUE(bench.log_in(digest_keys()));
    ASSERT_TRUE(bench.has_data_digest);
    const uint32_t tag = bench.send(task).tag();
    bench.feed(bench.data_in(tag, 0, 0, ByteView(data).first(150), false), chunk);
    bench.feed(bench.data_in(tag, 1, 150, ByteView(data).subspan(150), false).set_ahs(8), chunk);
    bench.feed(bench.scsi_response(tag, 2).set_data(pattern(0)), chunk);
    ASSERT_EQ(bench.take_finished().size(), 1u) << chunk;
    ASSERT_EQ(task.memory, data);
    EXPECT_TRUE(bench.is_sent_well_formed);
    EXPECT_EQ(bench.session->counters().payload_bytes_direct, 0u);
  }
}

TEST(SessionRead, FailsOnAnyDamagedByteWhereDigestsAreOn) {
  const auto data = pattern(61);
  for (const bool is_response : {false, true}) {
    for (size_t damaged = 0;; ++damaged) {
      BenchTask task(DataDirection::from_target, 61);
      SessionBench bench(digest_options());
      ASSERT_TRUE(bench.log_in(digest_keys()));
      const uint32_t tag = bench.send(task).tag();
      std::vector<uint8_t> sense{0, 2, 0x70, 0};
      auto bytes = bench.encode(is_response ? bench.scsi_response(tag, 2).set_data(sense)
                                            : bench.data_in(tag, 0, 0, data, true));
      if (damaged == bytes.size()) break;
      bytes[damaged] ^= 0x10;
      // Damaged lengths may ask for more bytes; these are the next PDUs'.
      bytes.resize(bytes.size() + 4096);
      bench.feed(bytes);
      ASSERT_EQ(bench.session->state(), SessionState::failed) << "byte " << damaged;
      EXPECT_NE(bench.session->failure().message.find("digest"), std::string::npos) << bench.session->failure().message;
    }
  }
}

TEST(SessionRead, TakesEmptyDataIn) {
  BenchTask task(DataDirection::from_target, 512);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  bench.feed(bench.data_in(tag, 0, 0, {}, true).set8(1, 0x83).set32(44, 512));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.transferred_bytes, 0u);
}

}  // namespace
}  // namespace laneway::iscsi
