#include "loadgen/block_stamp.h"

#include <gtest/gtest.h>

#include <vector>

#include "loadgen/block_ledger.h"
#include "loadgen/testing/words.h"
#include "loadgen/workload.h"

namespace laneway {
namespace {

constexpr BlockStamp kStamp{7, 8192, 3};

TEST(BlockStamp, ABlockOfTheRightStampIsRight) {
  std::vector<uint8_t> block(4096);
  write_stamp(block, kStamp);
  EXPECT_EQ(check_stamp(block, kStamp), "");
}

TEST(BlockStamp, EveryKindOfDamageIsNamed) {
  std::vector<uint8_t> block(4096);
  write_stamp(block, kStamp);
  EXPECT_TRUE(contains(check_stamp(block, {7, 8192, 4}), "write 3 of it, not write 4"));
  EXPECT_TRUE(contains(check_stamp(block, {7, 4096, 3}), "written to 8192"));
  EXPECT_TRUE(contains(check_stamp(block, {8, 8192, 3}), "earlier run"));
  block[1000] ^= 1;
  EXPECT_TRUE(contains(check_stamp(block, kStamp), "at 8704 is damaged"));
  spoil(block);
  EXPECT_TRUE(contains(check_stamp(block, kStamp), "no stamp"));
}

TEST(BlockStamp, ABlockTornBetweenTwoWritesIsFound) {
  std::vector<uint8_t> block(4096);
  std::vector<uint8_t> newer(4096);
  write_stamp(block, kStamp);
  write_stamp(newer, {7, 8192, 4});
  std::copy(newer.begin(), newer.begin() + 2048, block.begin());
  EXPECT_TRUE(contains(check_stamp(block, {7, 8192, 4}), "at 10240 holds write 3"));
}

TEST(BlockLedger, KnowsWhatWasWrittenAndForgetsWhatFailed) {
  BlockLedger ledger(9, 512, 100, 10);
  std::vector<uint8_t> data(512);
  EXPECT_FALSE(ledger.is_known(105));
  ledger.begin_write(105, data);
  EXPECT_TRUE(ledger.is_busy(105));
  ledger.finish_write(105, true);
  EXPECT_FALSE(ledger.is_busy(105));
  EXPECT_TRUE(ledger.is_known(105));
  const std::vector<uint8_t> first = data;
  ledger.begin_read(105, data);
  EXPECT_NE(ledger.finish_read(105, data), "") << "a read that brought nothing";
  EXPECT_EQ(ledger.finish_read(105, first), "");
  ledger.begin_write(105, data);
  ledger.finish_write(105, true);
  EXPECT_EQ(ledger.finish_read(105, data), "");
  EXPECT_NE(ledger.finish_read(105, first), "") << "the write before the last";
  ledger.begin_write(105, data);
  ledger.finish_write(105, false);
  EXPECT_FALSE(ledger.is_known(105));
}

TEST(Workload, PicksBlocksOfItsRangeInTheAskedMix) {
  Workload::Options options;
  options.first_block = 50;
  options.block_count = 10;
  options.read_percent = 70;
  Workload workload(options);
  uint32_t writes = 0;
  std::vector<uint32_t> seen(10);
  for (int i = 0; i < 10'000; ++i) {
    const auto pick = workload.pick();
    ASSERT_TRUE(pick.has_value());
    ASSERT_GE(pick->block, 50u);
    ASSERT_LT(pick->block, 60u);
    ++seen[pick->block - 50];
    writes += pick->is_write;
  }
  EXPECT_NEAR(writes, 3000, 200);
  for (const uint32_t count : seen) EXPECT_NEAR(count, 1000, 150);
}

TEST(Workload, SequentialGoesAroundItsRange) {
  Workload::Options options;
  options.first_block = 5;
  options.block_count = 3;
  options.is_sequential = true;
  Workload workload(options);
  for (const uint64_t expected : {5, 6, 7, 5, 6}) EXPECT_EQ(workload.pick()->block, expected);
}

TEST(Workload, VerifyingWritesBeforeItReadsAndHasOneRequestABlock) {
  Workload::Options options;
  options.block_count = 2;
  options.block_bytes = 512;
  options.verify_run = 1;
  Workload workload(options);
  std::vector<uint8_t> data(512);
  const auto first = workload.pick();
  ASSERT_TRUE(first && first->is_write);
  workload.ledger()->begin_write(first->block, data);
  const auto second = workload.pick();
  ASSERT_TRUE(second && second->is_write);
  EXPECT_NE(second->block, first->block);
  workload.ledger()->begin_write(second->block, data);
  EXPECT_FALSE(workload.pick().has_value());
  workload.ledger()->finish_write(first->block, true);
  const auto third = workload.pick();
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(third->block, first->block);
  EXPECT_FALSE(third->is_write);
}

TEST(Workload, ReadsBackWhatIsKnownOnce) {
  Workload::Options options;
  options.block_count = 4;
  options.block_bytes = 512;
  options.verify_run = 1;
  Workload workload(options);
  std::vector<uint8_t> data(512);
  workload.ledger()->begin_write(2, data);
  workload.ledger()->finish_write(2, true);
  workload.begin_reading_back();
  EXPECT_FALSE(workload.has_read_all_back());
  EXPECT_EQ(workload.pick()->block, 2u);
  EXPECT_FALSE(workload.pick().has_value());
  EXPECT_TRUE(workload.has_read_all_back());
}

}  // namespace
}  // namespace laneway
