#include <gtest/gtest.h>

#include "target/test_client.h"

namespace laneway::fake {
namespace {

TEST(TargetData, ReadsWhatWasWrittenAsImmediateData) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const Bytes bytes = pattern(4096);
  EXPECT_EQ(status_of((client.write_blocks(8, bytes), client.take()), 1), kGood);
  const uint32_t tag = client.read_blocks(8, 8);
  const auto pdus = client.take();
  EXPECT_EQ(status_of(pdus, tag), kGood);
  EXPECT_EQ(read_data(pdus, tag), bytes);
  EXPECT_TRUE(target.violations().empty());
}

TEST(TargetData, KeepsDigestsBothWays) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login({.wants_digests = true}));
  const Bytes bytes = pattern(512 * 3);
  client.write_blocks(0, bytes);
  const uint32_t tag = client.read_blocks(0, 3);
  EXPECT_EQ(read_data(client.take(), tag), bytes);
  client.digests = {};  // a header without a digest reads as one with a wrong digest
  client.read_blocks(0, 3);
  client.read_blocks(0, 3);
  EXPECT_TRUE(client.is_over());
}

TEST(TargetData, AsksForDataWithinTheNegotiatedBursts) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login({.keys = {{"MaxBurstLength", "8192"}, {"MaxOutstandingR2T", "2"}}}));
  const Bytes bytes = pattern(20480);
  const uint32_t tag = client.command(cdb16(0x8a, 0, 40), 20480, true);
  uint32_t asked = 0;
  for (auto pdus = client.take(); status_of(pdus, tag) < 0; pdus = client.take()) {
    ASSERT_FALSE(pdus.empty());
    for (const OwnedPdu& r2t : pdus) {
      ASSERT_EQ(r2t.op(), Op::r2t);
      EXPECT_LE(r2t.u32(44), 8192u);
      ++asked;
      client.data_out(tag, r2t.u32(20), r2t.u32(40), ByteView(bytes).subspan(r2t.u32(40), r2t.u32(44)));
    }
  }
  EXPECT_EQ(asked, 3u);
  const ByteView medium = target.lun(0)->disk().read(0, 20480);
  EXPECT_TRUE(std::equal(medium.begin(), medium.end(), bytes.begin()));
  EXPECT_TRUE(target.violations().empty());
}

TEST(TargetData, TakesUnsolicitedDataUpToTheFirstBurst) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login({.keys = {{"InitialR2T", "No"}}}));
  const Bytes bytes = pattern(4096);
  Header header(Op::command);
  header.u8(1, 0x20).u32(16, 50).u32(20, 4096);
  const Bytes cdb = cdb16(0x8a, 0, 8);
  for (size_t i = 0; i < 16; ++i) header.u8(32 + i, cdb[i]);
  client.send(header, ByteView(bytes).first(1024));
  EXPECT_TRUE(client.take().empty());
  client.data_out(50, kNoTag, 1024, ByteView(bytes).subspan(1024, 1024), false);
  client.data_out(50, kNoTag, 2048, ByteView(bytes).subspan(2048));
  EXPECT_EQ(status_of(client.take(), 50), kGood);
  EXPECT_TRUE(target.violations().empty());
  client.data_out(50, kNoTag, 0, bytes);  // dropped without harm: its command is gone
  EXPECT_FALSE(client.is_over());
}

TEST(TargetData, NamesWhatAnInitiatorDoesWrong) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login({.keys = {{"FirstBurstLength", "512"}, {"ImmediateData", "No"}}}));
  client.write_blocks(0, pattern(1024));
  ASSERT_EQ(target.violations().size(), 2u);
  EXPECT_NE(target.violations()[0].find("ImmediateData=No"), std::string::npos);
  EXPECT_NE(target.violations()[1].find("FirstBurstLength"), std::string::npos);
}

TEST(TargetData, CutsDataInAtSegmentAndBurstLimits) {
  TargetOptions options;
  options.collapses_status = false;
  FakeTarget target(options);
  TestClient client(target);
  ASSERT_TRUE(client.login({.keys = {{"MaxRecvDataSegmentLength", "1024"}, {"MaxBurstLength", "1536"}}}));
  const uint32_t tag = client.read_blocks(0, 8);
  const auto pdus = client.take();
  std::vector<size_t> lengths;
  for (const OwnedPdu& pdu : pdus) {
    if (pdu.op() == Op::data_in) lengths.push_back(pdu.payload.size());
  }
  EXPECT_EQ(lengths, (std::vector<size_t>{1024, 512, 1024, 512, 1024}));
  EXPECT_EQ(pdus.back().op(), Op::response);
  EXPECT_EQ(pdus.back().u32(36), 5u);
  EXPECT_EQ(status_of(pdus, tag), kGood);
}

TEST(TargetData, TellsResiduals) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const uint32_t less = client.command(cdb16(0x88, 0, 1), 1024, false);
  auto pdus = client.take();
  EXPECT_EQ(status_of(pdus, less), kGood);
  EXPECT_EQ(pdus[0].u8(1) & 0x06, 0x02);
  EXPECT_EQ(pdus[0].u32(44), 512u);
  client.command(cdb16(0x88, 0, 4), 1024, false);
  pdus = client.take();
  EXPECT_EQ(pdus[0].u8(1) & 0x06, 0x04);
  EXPECT_EQ(pdus[0].u32(44), 1024u);
}

TEST(TargetData, AnswersInquiryAndItsPages) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  for (const uint8_t page : Bytes{0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2}) {
    const uint32_t tag = client.command({0x12, 1, page, 0, 255, 0}, 255, false);
    const auto pdus = client.take();
    const Bytes data = read_data(pdus, tag);
    ASSERT_GE(data.size(), 4u);
    EXPECT_EQ(data[1], page);
    EXPECT_EQ(data.size(), 4u + load_be<uint16_t>(data, 2));
  }
  const uint32_t tag = client.command({0x12, 1, 0xc7, 0, 255, 0}, 255, false);
  const auto pdus = client.take();
  EXPECT_EQ(status_of(pdus, tag), kCheckCondition);
  EXPECT_EQ(pdus[0].payload[2 + 12], 0x24);
}

TEST(TargetData, TellsCapacityLunsAndModePages) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  uint32_t tag = client.command(cdb16(0x9e, 0, 32, 0x10), 32, false);
  const Bytes capacity = read_data(client.take(), tag);
  EXPECT_EQ(load_be<uint64_t>(capacity, 0), 16 * kMiB / 512 - 1);
  EXPECT_EQ(load_be<uint32_t>(capacity, 8), 512u);
  tag = client.command({0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, 256, false);
  EXPECT_EQ(read_data(client.take(), tag).size(), 16u);
  tag = client.command({0x1a, 0, 0x08, 0, 64, 0}, 64, false);
  const Bytes mode = read_data(client.take(), tag);
  ASSERT_EQ(mode.size(), 24u);
  EXPECT_EQ(mode[6] & 0x04, 0x04);
}

TEST(TargetData, ZeroesByUnmapAndWriteSame) {
  FakeTarget target{TargetOptions{}};
  TestClient client(target);
  ASSERT_TRUE(client.login());
  client.write_blocks(0, pattern(8192));
  Bytes ranges(24);
  store_be<uint16_t>(ranges, 0, 22);
  store_be<uint16_t>(ranges, 2, 16);
  store_be<uint64_t>(ranges, 8, 2);
  store_be<uint32_t>(ranges, 16, 2);
  uint32_t tag = client.command({0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0}, 24, true, ranges);
  EXPECT_EQ(status_of(client.take(), tag), kGood);
  EXPECT_EQ(target.lun(0)->disk().read(1024, 1)[0], 0);
  EXPECT_NE(target.lun(0)->disk().read(2048, 1)[0], 0);
  tag = client.command(cdb16(0x93, 8, 8), 512, true, pattern(512, 9));
  EXPECT_EQ(status_of(client.take(), tag), kGood);
  EXPECT_EQ(target.lun(0)->disk().read(8 * 512 + 7, 1)[0], 10);
  store_be<uint64_t>(ranges, 8, 1 << 30);
  tag = client.command({0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0}, 24, true, ranges);
  EXPECT_EQ(status_of(client.take(), tag), kCheckCondition);
}

TEST(TargetData, RefusesWhatIsBeyondTheEndReadOnlyOrNoLun) {
  TargetOptions options;
  options.luns[0].is_read_only = true;
  FakeTarget target(options);
  TestClient client(target);
  ASSERT_TRUE(client.login());
  EXPECT_EQ(status_of((client.read_blocks(16 * kMiB / 512, 1), client.take()), 1), kCheckCondition);
  EXPECT_EQ(status_of((client.write_blocks(0, pattern(512)), client.take()), 2), kCheckCondition);
  target.set_lun_missing(0, true);
  EXPECT_EQ(status_of((client.read_blocks(0, 1), client.take()), 3), kCheckCondition);
  EXPECT_EQ(status_of((client.command({0x12, 0, 0, 0, 36, 0}, 36, false), client.take()), 4), kGood);
}

TEST(TargetData, LosesOnlyUnsyncedBlocksInAPowerCut) {
  TargetOptions options;
  options.luns[0].loses_cache = true;
  FakeTarget target(options);
  TestClient client(target);
  ASSERT_TRUE(client.login());
  const Bytes bytes = pattern(64 * 512);
  client.write_blocks(0, bytes);
  const uint32_t sync = client.command(cdb16(0x91, 0, 0), 0, false);
  EXPECT_EQ(status_of(client.take(), sync), kGood);
  client.write_blocks(100, bytes);
  const uint32_t fua = client.command(cdb16(0x8a, 200, 64, 0x08), 64 * 512, true, bytes);
  EXPECT_EQ(status_of(client.take(), fua), kGood);
  EXPECT_EQ(target.lun(0)->disk().unstable_blocks(), 64u);
  target.cut_power();
  EXPECT_TRUE(client.is_over());
  uint32_t lost = 0;
  for (uint64_t i = 0; i < 64; ++i) {
    EXPECT_NE(target.lun(0)->disk().read(i * 512, 1)[0], 0);
    EXPECT_NE(target.lun(0)->disk().read((200 + i) * 512, 1)[0], 0);
    lost += target.lun(0)->disk().read((100 + i) * 512, 1)[0] == 0 ? 1u : 0u;
  }
  EXPECT_GT(lost, 0u);
  EXPECT_LT(lost, 64u);
  TestClient again(target);
  ASSERT_TRUE(again.login());
  EXPECT_EQ(status_of((again.read_blocks(0, 1), again.take()), 1), kCheckCondition);  // power on occurred
  EXPECT_EQ(status_of((again.read_blocks(0, 1), again.take()), 2), kGood);
}

}  // namespace
}  // namespace laneway::fake
