#include <gtest/gtest.h>

#include <array>

#include "target/test_client.h"

namespace laneway::fake {
namespace {

TargetOptions at_once() {
  TargetOptions options;
  options.answers_at_once = true;
  return options;
}

TEST(TargetAtOnce, ServesReadsFromTheMediumAndWritesIntoIt) {
  FakeTarget target{at_once()};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const Bytes bytes = pattern(4096);
  const uint32_t write = client.write_blocks(8, bytes);
  const uint32_t first = client.read_blocks(8, 8);
  const uint32_t second = client.read_blocks(9, 2);
  const auto pdus = client.take();
  ASSERT_EQ(pdus.size(), 3u);
  EXPECT_EQ(status_of(pdus, write), kGood);
  EXPECT_EQ(status_of(pdus, first), kGood);
  EXPECT_EQ(read_data(pdus, first), bytes);
  EXPECT_EQ(read_data(pdus, second), Bytes(bytes.begin() + 512, bytes.begin() + 1536));
  EXPECT_EQ(target.running_tasks(), 0u);
  EXPECT_EQ(target.counters().reads, 2u);
  EXPECT_EQ(target.counters().writes, 1u);
  EXPECT_TRUE(target.violations().empty());
}

TEST(TargetAtOnce, KeepsTheOrderOfAnswersAmongOtherCommands) {
  FakeTarget target{at_once()};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const uint32_t read = client.read_blocks(0, 8);
  const uint32_t beyond = client.read_blocks(16 * kMiB / 512, 1);
  const uint32_t inquiry = client.command({0x12, 0, 0, 0, 36, 0}, 36, false);
  const uint32_t residual = client.command(cdb16(0x88, 0, 1), 1024, false);
  const uint32_t last = client.write_blocks(0, pattern(512));
  const auto pdus = client.take();
  EXPECT_EQ(status_of(pdus, read), kGood);
  EXPECT_EQ(status_of(pdus, beyond), kCheckCondition);
  EXPECT_EQ(status_of(pdus, inquiry), kGood);
  EXPECT_EQ(status_of(pdus, residual), kGood);
  EXPECT_EQ(status_of(pdus, last), kGood);
  uint32_t stat_sn = pdus.front().u32(24);
  for (const OwnedPdu& pdu : pdus) EXPECT_EQ(pdu.u32(24), stat_sn++);
  EXPECT_TRUE(target.violations().empty());
}

TEST(TargetAtOnce, TakesWritesWhoseDataComesLater) {
  FakeTarget target{at_once()};
  TestClient client(target);
  ASSERT_TRUE(client.login({.keys = {{"InitialR2T", "No"}}}));
  const Bytes bytes = pattern(4096);
  const uint32_t asked = client.command(cdb16(0x8a, 0, 8), 4096, true);
  const auto r2t = client.take();
  ASSERT_NE(find_pdu(r2t, Op::r2t), nullptr);
  client.data_out(asked, find_pdu(r2t, Op::r2t)->u32(20), 0, bytes);
  Header header(Op::command);
  header.u8(1, 0x20).u32(16, 50).u32(20, 4096);
  const Bytes cdb = cdb16(0x8a, 8, 8);
  for (size_t i = 0; i < 16; ++i) header.u8(32 + i, cdb[i]);
  client.send(header, ByteView(bytes).first(1024));
  client.data_out(50, kNoTag, 1024, ByteView(bytes).subspan(1024));
  const auto pdus = client.take();
  EXPECT_EQ(status_of(pdus, asked), kGood);
  EXPECT_EQ(status_of(pdus, 50), kGood);
  const uint32_t read = client.read_blocks(8, 8);
  EXPECT_EQ(read_data(client.take(), read), bytes);
  EXPECT_TRUE(target.violations().empty());
}

TEST(TargetAtOnce, CutsDataInAtTheSegmentLimit) {
  FakeTarget target{at_once()};
  TestClient client(target);
  ASSERT_TRUE(client.login({.keys = {{"MaxRecvDataSegmentLength", "1024"}}}));
  const Bytes bytes = pattern(2560);
  client.write_blocks(0, bytes);
  const uint32_t read = client.read_blocks(0, 5);
  const auto pdus = client.take();
  EXPECT_EQ(pdus.size(), 4u);
  EXPECT_EQ(read_data(pdus, read), bytes);
  EXPECT_EQ(status_of(pdus, read), kGood);
}

TEST(TargetAtOnce, LeavesScriptsAndAttentionsTheirSay) {
  FakeTarget target{at_once()};
  target.script().add(*read_fault("sense:value=0x031100,op=read"));
  TestClient client(target);
  ASSERT_TRUE(client.login());
  EXPECT_EQ(status_of((client.read_blocks(0, 1), client.take()), 1), kCheckCondition);
  EXPECT_EQ(status_of((client.read_blocks(0, 1), client.take()), 2), kGood);
  target.raise_attention(0, 0x2a, 0x09);
  EXPECT_EQ(status_of((client.read_blocks(0, 1), client.take()), 3), kCheckCondition);
  EXPECT_EQ(status_of((client.read_blocks(0, 1), client.take()), 4), kGood);
}

TEST(OutStream, KeepsTheOrderOfOwnAndLentBytesOverPartialSends) {
  OutStream stream;
  Bytes sent;
  Bytes expected;
  const Bytes medium = pattern(64);
  const auto send = [&](size_t limit) {
    std::array<iovec, 4> pieces;
    const size_t count = stream.gather(pieces);
    size_t taken = 0;
    for (const iovec& piece : std::span(pieces).first(count)) {
      const auto* start = static_cast<const uint8_t*>(piece.iov_base);
      const size_t part = std::min(limit - taken, piece.iov_len);
      sent.insert(sent.end(), start, start + part);
      taken += part;
    }
    stream.sent(taken);
  };
  for (uint32_t i = 0; i < 20000; ++i) {  // never empty, so that sent pieces are forgotten in between
    const Bytes header(3 + i % 5, static_cast<uint8_t>(i));
    stream.own().insert(stream.own().end(), header.begin(), header.end());
    expected.insert(expected.end(), header.begin(), header.end());
    if (i % 3 != 0) {
      const ByteView lent = ByteView(medium).subspan(i % 32, 1 + i % 16);
      stream.lend(lent);
      expected.insert(expected.end(), lent.begin(), lent.end());
    }
    if (stream.unsent_bytes() > 100) send(stream.unsent_bytes() - 50);
  }
  while (stream.unsent_bytes() > 0) send(7);
  EXPECT_TRUE(sent == expected);
  EXPECT_TRUE(stream.contiguous().empty());
}

}  // namespace
}  // namespace laneway::fake
