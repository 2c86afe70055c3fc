#include <gtest/gtest.h>

#include <set>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/intrusive_list.h"
#include "base/log.h"
#include "base/random.h"
#include "base/slot_pool.h"
#include "base/status.h"
#include "base/units.h"

namespace laneway {
namespace {

TEST(Bytes, LoadAndStoreAgreeInBothByteOrders) {
  uint8_t room[12] = {};
  store_be<uint32_t>(room, 1, 0x01020304);
  EXPECT_EQ(room[1], 1);
  EXPECT_EQ(room[4], 4);
  EXPECT_EQ(load_be<uint32_t>(room, 1), 0x01020304u);
  EXPECT_EQ(load_le<uint32_t>(room, 1), 0x04030201u);
  store_le<uint64_t>(room, 4, 0x1122334455667788);
  EXPECT_EQ(room[4], 0x88);
  EXPECT_EQ(load_le<uint64_t>(room, 4), 0x1122334455667788u);
  store_be24(room, 5, 0xabcdef);
  EXPECT_EQ(load_be24(room, 5), 0xabcdefu);
}

TEST(BytesDeathTest, LoadBeyondTheEndIsADefect) {
  const uint8_t room[4] = {};
  EXPECT_DEATH((void)load_be<uint32_t>(room, 1), "internal error");
  EXPECT_DEATH((void)load_be<uint32_t>(room, SIZE_MAX), "internal error");
}

TEST(Bytes, CopyOutRefusesWhatIsTooShort) {
  const uint8_t room[6] = {1, 2, 3, 4, 5, 6};
  uint32_t value = 0;
  EXPECT_TRUE(copy_out(room, 2, value));
  EXPECT_EQ(bytes_of(value)[0], 3);
  EXPECT_FALSE(copy_out(room, 3, value));
  EXPECT_FALSE(copy_out(room, SIZE_MAX, value));
}

TEST(UniqueFd, ClosesOnceAndMoves) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  UniqueFd moved = std::move(writer);
  EXPECT_FALSE(writer);
  moved.reset();
  char byte;
  EXPECT_EQ(read(reader.get(), &byte, 1), 0);  // the end of the pipe: the write side is closed
}

struct Item : ListNode<> {
  explicit Item(int value) : number(value) {}
  int number;
};

TEST(IntrusiveList, KeepsOrderAndLetsItemsLeaveFromTheMiddle) {
  Item a(1), b(2), c(3), d(4);
  IntrusiveList<Item> list;
  list.push_back(b);
  list.push_front(a);
  list.push_back(d);
  list.insert_before(d, c);
  b.unlink();
  EXPECT_FALSE(b.is_linked());
  std::vector<int> seen;
  for (Item* item = list.front(); item != nullptr; item = list.next(*item)) seen.push_back(item->number);
  EXPECT_EQ(seen, (std::vector<int>{1, 3, 4}));
  IntrusiveList<Item> other;
  other.push_back(b);
  other.take_all(list);
  EXPECT_TRUE(list.empty());
  seen.clear();
  while (Item* item = other.pop_front()) seen.push_back(item->number);
  EXPECT_EQ(seen, (std::vector<int>{2, 1, 3, 4}));
}

TEST(SlotPool, GivesEverySlotOnceAndThenPushesBack) {
  SlotPool<int> pool(3);
  std::set<int*> taken;
  for (int i = 0; i < 3; ++i) taken.insert(pool.take());
  EXPECT_EQ(taken.size(), 3u);
  EXPECT_EQ(taken.count(nullptr), 0u);
  EXPECT_EQ(pool.take(), nullptr);
  pool.give_back(**taken.begin());
  EXPECT_EQ(pool.take(), *taken.begin());
  EXPECT_EQ(&pool.at(pool.index_of(**taken.begin())), *taken.begin());
  for (int* slot : taken) pool.give_back(*slot);
  EXPECT_EQ(pool.free_count(), 3u);
}

TEST(Random, RepeatsWithItsSeedAndStaysBelowItsBound) {
  Random one(7), same(7), other(8);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = one.next();
    EXPECT_EQ(value, same.next());
    differs = differs || value != other.next();
  }
  EXPECT_TRUE(differs);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(one.below(7));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Random, SecretsFillTheWholeSpan) {
  std::vector<uint8_t> first(64), second(64);
  fill_secret(first);
  fill_secret(second);
  EXPECT_NE(first, second);
}

TEST(LogGate, LetsABurstThroughThenOneAPeriodAndCountsTheRest) {
  LogGate gate(2, kSecond);
  uint64_t held_back = 0;
  const uint64_t start = 5 * kSecond;
  EXPECT_TRUE(gate.admit(start, held_back));
  EXPECT_TRUE(gate.admit(start, held_back));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(gate.admit(start + 1, held_back));
  EXPECT_TRUE(gate.admit(start + kSecond, held_back));
  EXPECT_EQ(held_back, 10u);
  EXPECT_FALSE(gate.admit(start + kSecond + 1, held_back));
}

TEST(Clock, DoesNotRunBackwards) {
  MonotonicClock clock;
  const uint64_t first = clock.now_ns();
  EXPECT_GE(clock.now_ns(), first);
  EXPECT_GT(first, 0u);
}

TEST(Status, EveryStatusHasAName) {
  static_assert(sizeof(Status) == 4);
  for (uint32_t value = 0; value <= static_cast<uint32_t>(Status::aborted); ++value) {
    EXPECT_NE(status_name(static_cast<Status>(value)), "unknown");
  }
  EXPECT_EQ(status_name(static_cast<Status>(999)), "unknown");
}

}  // namespace
}  // namespace laneway
