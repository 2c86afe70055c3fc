#include "frontend/finish_tally.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(FinishTally, CountsNothingBeforeTheEndOfTheTurn) {
  FunctionStats stats;
  FinishTally tally(stats);
  tally.add(BlockOp::read, 4096, 1000, 1500);
  EXPECT_EQ(stats.snapshot().reads, 0u);
  tally.settle(2000);
  EXPECT_EQ(stats.snapshot().reads, 1u);
  tally.settle(3000);
  EXPECT_EQ(stats.snapshot().reads, 1u);
}

TEST(FinishTally, RequestsThatBeganTogetherLastTheSame) {
  FunctionStats stats;
  FinishTally tally(stats);
  for (int i = 0; i < 3; ++i) {
    tally.add(BlockOp::read, 4096, 1000, 1500);
    tally.add(BlockOp::write, 512, 1200, 1500);
  }
  tally.settle(1900);
  const FunctionStatsSnapshot snapshot = stats.snapshot();
  EXPECT_EQ(snapshot.reads, 3u);
  EXPECT_EQ(snapshot.read_bytes, 3u * 4096);
  EXPECT_EQ(snapshot.read_latency.count, 3u);
  EXPECT_EQ(snapshot.read_latency.mean_ns, 900u);
  EXPECT_EQ(snapshot.writes, 3u);
  EXPECT_EQ(snapshot.write_bytes, 3u * 512);
  EXPECT_EQ(snapshot.write_latency.mean_ns, 700u);
}

TEST(FinishTally, RequestsOfEarlierTurnsLastLonger) {
  FunctionStats stats;
  FinishTally tally(stats);
  tally.add(BlockOp::read, 4096, 1000, 5000);
  tally.add(BlockOp::read, 4096, 4000, 5000);
  tally.settle(6000);
  EXPECT_EQ(stats.snapshot().read_latency.count, 2u);
  EXPECT_EQ(stats.snapshot().read_latency.mean_ns, 3000u);  // 4000 and 2000
  EXPECT_EQ(stats.snapshot().read_latency.max_ns, 4000u);
}

TEST(FinishTally, EveryOperationHasItsCounter) {
  FunctionStats stats;
  FinishTally tally(stats);
  for (const BlockOp op : {BlockOp::read, BlockOp::write, BlockOp::flush, BlockOp::discard, BlockOp::write_zeroes}) {
    tally.add(op, 4096, 0, 10);
  }
  tally.settle(10);
  const FunctionStatsSnapshot snapshot = stats.snapshot();
  EXPECT_EQ(snapshot.reads, 1u);
  EXPECT_EQ(snapshot.writes, 1u);
  EXPECT_EQ(snapshot.flushes, 1u);
  EXPECT_EQ(snapshot.discards, 1u);
  EXPECT_EQ(snapshot.write_zeroes, 1u);
  EXPECT_EQ(snapshot.discard_bytes, 4096u);
  EXPECT_EQ(snapshot.write_zeroes_bytes, 4096u);
  EXPECT_EQ(snapshot.write_latency.count, 3u);
  EXPECT_EQ(snapshot.flush_latency.count, 1u);
}

}  // namespace
}  // namespace laneway
