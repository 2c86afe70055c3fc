#include <gtest/gtest.h>

#include "iscsi/testing/session_bench.h"

namespace laneway::iscsi {
namespace {

using testing::bench_options;
using testing::BenchTask;
using testing::obliging_keys;
using testing::SentPdu;
using testing::SessionBench;

// The obliging target's keys with some values changed: name, value, name, value...
template <typename... Changes>
std::string keys_with(Changes... changes) {
  const std::string_view list[] = {changes...};
  const std::string before = obliging_keys();
  std::string text;
  TextReader reader(before);
  while (const auto key = reader.next()) {
    std::string_view value = key->value;
    for (size_t i = 0; i < sizeof...(changes); i += 2) value = list[i] == key->name ? list[i + 1] : value;
    append_key(text, key->name, value);
  }
  return text;
}

// Puts the payload of command and Data-Out PDUs where it belongs and checks the fields that say where (RFC 7143 11.7).
struct Assembler {
  std::vector<uint8_t> bytes;
  uint32_t next_data_sn = 0;

  explicit Assembler(size_t size) : bytes(size, 0xee) {}
  void take_command(const SentPdu& pdu) { put(pdu, 0); }
  void take_data_out(const SentPdu& pdu, uint32_t transfer_tag) {
    EXPECT_EQ(pdu.opcode(), Opcode::data_out);
    EXPECT_EQ(pdu.at32(20), transfer_tag);
    EXPECT_EQ(pdu.at32(36), next_data_sn++);
    EXPECT_TRUE(pdu.is_final() || pdu.data.size() % 4 == 0);
    put(pdu, pdu.at32(40));
    if (pdu.is_final()) next_data_sn = 0;
  }

 private:
  void put(const SentPdu& pdu, size_t offset) {
    ASSERT_LE(offset + pdu.data.size(), bytes.size());
    std::copy(pdu.data.begin(), pdu.data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  }
};

TEST(SessionWrite, SendsSmallWritesWithTheCommand) {
  BenchTask task(DataDirection::to_target, 4097, 1000);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const SentPdu command = bench.send(task);
  EXPECT_EQ(command.flags(), 0x80 | 0x20 | 1);  // F, W, simple
  EXPECT_EQ(command.at32(20), 4097u);
  EXPECT_EQ(command.data, task.memory);
  EXPECT_TRUE(bench.is_sent_well_formed);
  bench.feed(bench.scsi_response(command.tag()));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.transferred_bytes, 4097u);
}

TEST(SessionWrite, SendsUnsolicitedDataUpToTheFirstBurst) {
  // 100 KiB, first burst 64 KiB, segments of 16 KiB: the command carries one, three more follow, the rest is asked for.
  BenchTask task(DataDirection::to_target, 100 * 1024, 3000);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in(keys_with("MaxRecvDataSegmentLength", "16384")));
  bench.session->submit(task);
  auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 4u);
  EXPECT_EQ(pdus[0].flags() & 0x80, 0);
  Assembler written(task.data_bytes);
  written.take_command(pdus[0]);
  for (size_t i = 1; i < pdus.size(); ++i) {
    written.take_data_out(pdus[i], kReservedTag);
    EXPECT_EQ(pdus[i].is_final(), i == 3);
    EXPECT_EQ(pdus[i].tag(), pdus[0].tag());
  }
  EXPECT_TRUE(bench.collect().empty());

  bench.feed(bench.r2t(pdus[0].tag(), 0, 64 * 1024, 36 * 1024).set_lun(0x0009000000000000));
  pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 3u);
  for (const SentPdu& pdu : pdus) {
    written.take_data_out(pdu, 0x77);
    EXPECT_EQ(pdu.lun(), 0x0009000000000000u);  // that of the R2T, 11.7.4
  }
  EXPECT_TRUE(pdus.back().is_final());
  EXPECT_EQ(written.bytes, task.memory);
}

TEST(SessionWrite, WaitsForAnR2tWhereTheTargetWantsIt) {
  BenchTask task(DataDirection::to_target, 2048);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in(keys_with("InitialR2T", "Yes", "ImmediateData", "No")));
  const SentPdu command = bench.send(task);
  EXPECT_TRUE(command.data.empty());
  EXPECT_TRUE(command.is_final());
  EXPECT_TRUE(bench.collect().empty());
  bench.feed(bench.r2t(command.tag(), 0, 0, 2048));
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].data, task.memory);
}

TEST(SessionWrite, SendsImmediateDataOnlyWhereR2tIsNeededForTheRest) {
  BenchTask task(DataDirection::to_target, 128 * 1024);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in(keys_with("InitialR2T", "Yes")));
  const SentPdu command = bench.send(task);
  EXPECT_TRUE(command.is_final());
  EXPECT_EQ(command.data.size(), 65536u);
  bench.feed(bench.r2t(command.tag(), 0, 65536, 65536));
  EXPECT_EQ(bench.collect().at(0).at32(40), 65536u);
}

TEST(SessionWrite, AnswersSeveralR2tsInOrder) {
  SessionOptions options = bench_options();
  options.max_outstanding_r2t = 4;
  BenchTask task(DataDirection::to_target, 4096);
  SessionBench bench(options);
  const std::string keys = keys_with("InitialR2T", "Yes", "ImmediateData", "No", "MaxOutstandingR2T", "3");
  ASSERT_TRUE(bench.log_in(keys));
  const uint32_t tag = bench.send(task).tag();
  // Offsets go forward, with or without gaps; the target knows what it needs.
  bench.feed(bench.r2t(tag, 0, 0, 1000, 11));
  bench.feed(bench.r2t(tag, 1, 1000, 1000, 12));
  bench.feed(bench.r2t(tag, 2, 3000, 1096, 13));
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 3u);
  Assembler written(task.data_bytes);
  written.take_data_out(pdus[0], 11);
  written.take_data_out(pdus[1], 12);
  written.take_data_out(pdus[2], 13);
  EXPECT_TRUE(std::equal(task.memory.begin(), task.memory.begin() + 2000, written.bytes.begin()));
  EXPECT_TRUE(std::equal(task.memory.begin() + 3000, task.memory.end(), written.bytes.begin() + 3000));
  EXPECT_EQ(written.bytes[2500], 0xee);
}

TEST(SessionWrite, ServesTasksByTurns) {
  BenchTask large(DataDirection::to_target, 256 * 1024);
  BenchTask small(DataDirection::from_target, 512);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in(keys_with("InitialR2T", "Yes", "ImmediateData", "No")));
  const uint32_t tag = bench.send(large).tag();
  bench.feed(bench.r2t(tag, 0, 0, 256 * 1024));
  bench.session->submit(small);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 5u);
  EXPECT_EQ(pdus[0].opcode(), Opcode::scsi_command);  // not behind the large write's data
}

TEST(SessionWrite, SurvivesEveryCutOfTheSends) {
  for (const size_t piece_bytes : {size_t{1}, size_t{5}, size_t{700}, SIZE_MAX}) {
    for (const size_t pieces_max : {size_t{1}, size_t{3}, size_t{64}}) {
      for (size_t chunk = 1; chunk < 120; chunk += chunk < 56 ? 1 : 17) {
        BenchTask task(DataDirection::to_target, 3001, piece_bytes);
        SessionBench bench;
        ASSERT_TRUE(bench.log_in(keys_with("MaxRecvDataSegmentLength", "512")));
        bench.session->submit(task);
        const auto pdus = bench.collect(chunk, pieces_max);
        Assembler written(task.data_bytes);
        written.take_command(pdus.at(0));
        for (size_t i = 1; i < pdus.size(); ++i) written.take_data_out(pdus[i], kReservedTag);
        ASSERT_EQ(written.bytes, task.memory) << chunk << " " << piece_bytes;
        ASSERT_TRUE(bench.is_sent_well_formed);
        ASSERT_TRUE(pdus.back().is_final());
      }
    }
  }
}

TEST(SessionWrite, SumsWhatItSends) {
  SessionOptions options = bench_options();
  options.header_digest = options.data_digest = DigestPolicy::crc32c;
  for (const uint32_t bytes : {1u, 3001u, 200u * 1024}) {
    BenchTask task(DataDirection::to_target, bytes, 999);
    SessionBench bench(options);
    ASSERT_TRUE(bench.log_in(keys_with("HeaderDigest", "CRC32C", "DataDigest", "CRC32C")));
    bench.session->submit(task);
    std::vector<iovec> pieces(64);
    const size_t count = bench.session->send_from(pieces, 0);
    // The payload was copied: what the guest writes now changes nothing.
    const std::vector<uint8_t> before = task.memory;
    std::fill(task.memory.begin(), task.memory.end(), uint8_t{0});
    ASSERT_GT(count, 0u);
    auto pdus = bench.collect();
    task.memory = before;
    EXPECT_TRUE(bench.is_sent_well_formed);
    Assembler written(bytes);
    written.take_command(pdus.at(0));
    const size_t first_burst = std::min<size_t>(bytes, 65536);
    EXPECT_TRUE(
        std::equal(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(first_burst), written.bytes.begin()));
  }
}

TEST(SessionWrite, KeepsATaskUntilItsBytesAreSent) {
  // The target refuses the write before it has read all of its data; the kernel may still be reading the task's memory.
  BenchTask task(DataDirection::to_target, 16384);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  bench.session->submit(task);
  std::vector<iovec> pieces(64);
  ASSERT_EQ(bench.session->send_from(pieces, 0), 2u);
  bench.session->sent(48 + 100, bench.now_ns);
  bench.feed(bench.scsi_response(task.task_tag, 2));
  EXPECT_TRUE(bench.take_finished().empty());
  ASSERT_EQ(bench.session->send_from(pieces, 0), 1u);
  bench.session->sent(16284 - 1, bench.now_ns);
  EXPECT_TRUE(bench.take_finished().empty());
  // Its tag is used up all the same.
  ASSERT_EQ(bench.session->send_from(pieces, 0), 1u);
  bench.session->sent(1, bench.now_ns);
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.scsi_status, 2);
}

TEST(SessionWrite, SendsNothingMoreOfATaskThatIsAnswered) {
  BenchTask task(DataDirection::to_target, 64 * 1024);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in(keys_with("InitialR2T", "Yes", "ImmediateData", "No")));
  const uint32_t tag = bench.send(task).tag();
  bench.feed(bench.r2t(tag, 0, 0, 64 * 1024));
  bench.feed(bench.scsi_response(tag, 2));
  EXPECT_EQ(bench.take_finished().size(), 1u);
  EXPECT_TRUE(bench.collect().empty());
}

TEST(SessionWrite, WaitsForTheCommandWindow) {
  std::vector<std::unique_ptr<BenchTask>> tasks;
  for (int i = 0; i < 6; ++i) tasks.push_back(std::make_unique<BenchTask>(DataDirection::none, 0));
  SessionBench bench;
  bench.max_cmd_sn = 2;
  ASSERT_TRUE(bench.log_in());
  for (auto& task : tasks) bench.session->submit(*task);
  auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 2u);
  EXPECT_EQ(bench.session->counters().window_closed, 1u);
  // ExpCmdSN moves on and MaxCmdSN stays: the window shrinks to nothing, and stays closed (RFC 7143 4.2.2.1).
  bench.exp_cmd_sn = 3;
  bench.feed(bench.scsi_response(pdus[0].tag()));
  EXPECT_TRUE(bench.collect().empty());
  // A smaller MaxCmdSN is not believed, nor does it harm.
  bench.max_cmd_sn = 1;
  bench.feed(bench.scsi_response(pdus[1].tag()));
  EXPECT_TRUE(bench.collect().empty());
  bench.max_cmd_sn = 4;
  bench.feed(bench.numbered(Opcode::nop_in, 0x80, false));
  pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 2u);
  EXPECT_EQ(pdus[0].at32(24), 3u);
  EXPECT_EQ(pdus[1].at32(24), 4u);
}

TEST(SessionWrite, IsBoundedByTheQueueDepth) {
  std::vector<std::unique_ptr<BenchTask>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(std::make_unique<BenchTask>(DataDirection::none, 0));
  SessionBench bench;  // 16 slots, a window of 64
  ASSERT_TRUE(bench.log_in());
  for (auto& task : tasks) bench.session->submit(*task);
  const auto pdus = bench.collect();
  ASSERT_EQ(pdus.size(), 16u);
  bench.feed(bench.scsi_response(pdus[3].tag()));
  EXPECT_EQ(bench.take_finished(), std::vector<ScsiTask*>{tasks[3].get()});
  EXPECT_EQ(bench.collect().size(), 1u);
  EXPECT_EQ(bench.session->task_count(), 19u);
}

TEST(SessionWrite, ReportsTheResidual) {
  BenchTask task(DataDirection::to_target, 4096);
  SessionBench bench;
  ASSERT_TRUE(bench.log_in());
  const uint32_t tag = bench.send(task).tag();
  bench.feed(bench.scsi_response(tag).set8(1, 0x82).set32(44, 1024));
  ASSERT_EQ(bench.take_finished().size(), 1u);
  EXPECT_EQ(task.transferred_bytes, 3072u);
  EXPECT_EQ(task.residual_bytes, 1024u);
}

}  // namespace
}  // namespace laneway::iscsi
