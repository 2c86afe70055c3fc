#include "frontend/request_pool.h"

#include <gtest/gtest.h>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

std::vector<BlkSlot*> take_all(RequestPool& pool, PoolShare& share) {
  std::vector<BlkSlot*> out;
  while (BlkSlot* slot = pool.take(share)) out.push_back(slot);
  return out;
}

TEST(RequestPool, AnEmptyPoolIsBackPressure) {
  BenchReactor bench({.slots = 8});
  PoolShare share;
  bench.pool().join();
  auto slots = take_all(bench.pool(), share);
  EXPECT_EQ(slots.size(), 8u) << "alone, a function may have all";
  for (BlkSlot* slot : slots) bench.pool().give_back(*slot, share);
  bench.pool().leave(share);
}

TEST(RequestPool, NobodyTakesTheShareOfAnother) {
  BenchReactor bench({.slots = 100});
  PoolShare greedy;
  PoolShare modest[3];
  for (int i = 0; i < 4; ++i) bench.pool().join();
  auto greedy_slots = take_all(bench.pool(), greedy);
  EXPECT_EQ(greedy_slots.size(), 50u);
  std::vector<BlkSlot*> modest_slots[3];
  for (int round = 0; round < 16; ++round) {
    for (int i = 0; i < 3; ++i) {
      BlkSlot* slot = bench.pool().take(modest[i]);
      ASSERT_NE(slot, nullptr);
      modest_slots[i].push_back(slot);
    }
  }
  for (BlkSlot* slot : greedy_slots) bench.pool().give_back(*slot, greedy);
  bench.pool().leave(greedy);
  for (int i = 0; i < 3; ++i) {
    for (BlkSlot* slot : modest_slots[i]) bench.pool().give_back(*slot, modest[i]);
    bench.pool().leave(modest[i]);
  }
}

TEST(RequestPool, LongSegmentListsComeFromBlocksAndGoBack) {
  BenchReactor bench({.slots = 8, .medium_blocks = 2, .large_blocks = 1});
  RequestPool& pool = bench.pool();
  PoolShare share;
  pool.join();
  std::vector<iovec> list(ChainSegments::kMax);
  for (size_t i = 0; i < list.size(); ++i) list[i] = {nullptr, i + 1};
  for (int round = 0; round < 3; ++round) {
    BlkSlot* a = pool.take(share);
    BlkSlot* b = pool.take(share);
    BlkSlot* c = pool.take(share);
    BlkSlot* d = pool.take(share);
    EXPECT_TRUE(pool.store_segments({list.data(), 8}, share, *a));
    EXPECT_EQ(a->segments.data(), a->own_segments.data());
    EXPECT_TRUE(pool.store_segments({list.data(), 128}, share, *b));
    EXPECT_EQ(b->segments[127].iov_len, 128u);
    EXPECT_TRUE(pool.store_segments(list, share, *c));
    EXPECT_EQ(c->segments.back().iov_len, list.size());
    EXPECT_FALSE(pool.store_segments(list, share, *d)) << "there is one large block";
    for (BlkSlot* slot : {a, b, c, d}) pool.give_back(*slot, share);
  }
  pool.leave(share);
}

TEST(RequestPool, ARingThatWaitsForSlotsGoesOnWhenOthersFinish) {
  BenchReactor bench({.slots = 8});
  FakeDisk slow_disk;
  FakeDisk fast_disk;
  BenchFunction slow(bench, slow_disk);
  BenchFunction fast(bench, fast_disk);
  BenchGuest hog(bench, slow.path(), {});
  BenchGuest neighbour(bench, fast.path(), {});
  ASSERT_TRUE(hog.attach());
  ASSERT_TRUE(neighbour.attach());
  slow_disk.is_stalled = true;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(hog.disk().read(0, 512).has_value());
  hog.publish();
  ASSERT_TRUE(bench.turn_until([&] { return slow.function().stats().pool_waits > 0; }));
  EXPECT_EQ(slow_disk.waiting, 4u) << "half of the pool";
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(neighbour.disk().read(0, 512).has_value());
    ASSERT_EQ(neighbour.finish(1).size(), 1u);
  }
  slow_disk.is_stalled = false;
  EXPECT_EQ(hog.finish(60).size(), 60u);
}

}  // namespace
}  // namespace laneway
