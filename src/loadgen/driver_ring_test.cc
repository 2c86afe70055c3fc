#include "loadgen/driver_ring.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "loadgen/pacer.h"
#include "loadgen/ring_responder.h"

namespace laneway {
namespace {

// Answers with data and remembers what it was asked.
class MemorySink final : public RequestSink {
 public:
  Answer answer(const BlkHeaderWire& header, std::span<ByteSpan> data) override {
    uint64_t at = header.sector * 512;
    for (const ByteSpan& part : data) {
      ++parts;
      if (header.type == static_cast<uint32_t>(BlkType::out)) std::memcpy(&bytes[at], part.data(), part.size());
      if (header.type == static_cast<uint32_t>(BlkType::in)) std::memcpy(part.data(), &bytes[at], part.size());
      at += part.size();
    }
    return {};
  }
  std::vector<uint8_t> bytes = std::vector<uint8_t>(8192);
  uint32_t parts = 0;
};

struct Pair {
  explicit Pair(const RingPlan& plan) {
    arena.emplace(*GuestArena::create(plan.room_bytes()));
    ring.emplace(DriverRing::lay_out(plan, *arena));
    EXPECT_TRUE(server_memory.add(arena->region(), UniqueFd(::dup(arena->fd()))).has_value());
    const auto at = ring->addresses();
    responder.emplace(server_memory,
                      RingResponder::Ring{plan.ring_size, at.descriptors, at.available, at.used, plan.has_event_idx},
                      sink);
  }
  // The device's side of the used ring, to write nonsense into.
  Vring device_side(const RingPlan& plan) {
    const auto at = ring->addresses();
    return *Vring::at(plan.ring_size, *server_memory.view(at.descriptors, descriptor_table_bytes(plan.ring_size)),
                      *server_memory.view(at.available, available_ring_bytes(plan.ring_size)),
                      *server_memory.view(at.used, used_ring_bytes(plan.ring_size)));
  }

  std::optional<GuestArena> arena;
  std::optional<DriverRing> ring;
  GuestMemory server_memory;
  MemorySink sink;
  std::optional<RingResponder> responder;
};

RingPlan small_plan() {
  RingPlan plan;
  plan.ring_size = 64;
  plan.slots = 8;
  plan.block_bytes = 2048;
  plan.segment_bytes = 1024;
  return plan;
}

class DriverRingLayouts : public testing::TestWithParam<std::pair<bool, bool>> {};

TEST_P(DriverRingLayouts, CarryDataBothWaysManyTimesRound) {
  RingPlan plan = small_plan();
  plan.is_indirect = GetParam().first;
  plan.has_event_idx = GetParam().second;
  Pair pair(plan);
  for (uint32_t round = 0; round < 30'000; ++round) {
    const auto slot = static_cast<uint16_t>(round % plan.slots);
    const bool is_write = round % 2 == 0;
    if (is_write) pair.ring->data(slot)[2047] = static_cast<uint8_t>(round);
    if (!is_write) pair.ring->data(slot)[2047] = 0;
    pair.ring->submit(slot, is_write, 4);
    EXPECT_FALSE(pair.ring->publish()) << "kicks are suppressed";
    EXPECT_EQ(pair.responder->answer_all(), 1);
    EXPECT_FALSE(pair.responder->wants_call()) << "calls are suppressed, round " << round;
    uint16_t finished = 0xffff;
    ASSERT_TRUE(pair.ring->reap([&](uint16_t each, uint8_t status) {
      finished = each;
      EXPECT_EQ(status, 0);
    }));
    ASSERT_EQ(finished, slot);
    ASSERT_EQ(pair.ring->data(slot)[2047], static_cast<uint8_t>(is_write ? round : round - 1));
    ASSERT_EQ(pair.sink.parts, 2 * (round + 1)) << "two segments of 1024 each";
  }
}

INSTANTIATE_TEST_SUITE_P(All, DriverRingLayouts,
                         testing::Values(std::pair{false, false}, std::pair{false, true}, std::pair{true, false},
                                         std::pair{true, true}));

TEST(DriverRing, AsksForACallOnlyWhenArmed) {
  for (const bool has_event_idx : {false, true}) {
    RingPlan plan = small_plan();
    plan.has_event_idx = has_event_idx;
    Pair pair(plan);
    EXPECT_TRUE(pair.ring->arm_call());
    pair.ring->submit(0, false, 0);
    pair.ring->publish();
    EXPECT_EQ(pair.responder->answer_all(), 1);
    EXPECT_TRUE(pair.responder->wants_call());
    EXPECT_FALSE(pair.ring->arm_call()) << "one has finished already";
    EXPECT_TRUE(pair.ring->reap([](uint16_t, uint8_t) {}));
    EXPECT_TRUE(pair.ring->arm_call());
  }
}

TEST(DriverRing, KicksWhenTheServerAsksForIt) {
  for (const bool has_event_idx : {false, true}) {
    RingPlan plan = small_plan();
    plan.has_event_idx = has_event_idx;
    Pair pair(plan);
    EXPECT_TRUE(pair.responder->arm_kick());
    pair.ring->submit(0, false, 0);
    EXPECT_TRUE(pair.ring->publish());
    EXPECT_FALSE(pair.responder->arm_kick());
  }
}

TEST(DriverRing, ARequestWithoutAStatusByteIsSeen) {
  const RingPlan plan = small_plan();
  Pair pair(plan);
  pair.ring->submit(0, false, 0);
  pair.ring->publish();
  Vring device = pair.device_side(plan);
  device.store_used_element(0, {0, 0});
  device.store_used_index(1, std::memory_order_release);
  uint8_t seen = 0;
  EXPECT_TRUE(pair.ring->reap([&](uint16_t, uint8_t status) { seen = status; }));
  EXPECT_EQ(seen, DriverRing::kStatusUnwritten);
}

TEST(DriverRing, AServerThatGivesBackWhatItDidNotHaveIsFoundOut) {
  const RingPlan plan = small_plan();
  const auto reaps_after = [&plan](uint32_t id, uint16_t used_index) {
    Pair pair(plan);
    pair.ring->submit(0, false, 0);
    pair.ring->publish();
    Vring device = pair.device_side(plan);
    device.store_used_element(0, {id, 1});
    device.store_used_element(1, {id, 1});
    device.store_used_index(used_index, std::memory_order_release);
    return pair.ring->reap([](uint16_t, uint8_t) {});
  };
  EXPECT_TRUE(reaps_after(0, 1));
  EXPECT_FALSE(reaps_after(1, 1)) << "a head in the middle of a chain";
  EXPECT_FALSE(reaps_after(4, 1)) << "a head that was not submitted";
  EXPECT_FALSE(reaps_after(64, 1)) << "a head beyond the table";
  EXPECT_FALSE(reaps_after(UINT32_MAX, 1));
  EXPECT_FALSE(reaps_after(0, 2)) << "more than was submitted";
  EXPECT_FALSE(reaps_after(0, 0xffff));
}

TEST(Pacer, IsDueAtEvenDistancesWhateverBecameOfTheRequests) {
  Pacer pacer(1000, 1, 2);
  EXPECT_TRUE(pacer.is_paced());
  pacer.start(5'000);
  EXPECT_EQ(pacer.due_ns(), 505'000u) << "the second of two queues begins half an interval later";
  for (int i = 0; i < 1000; ++i) pacer.take();
  EXPECT_EQ(pacer.due_ns(), 505'000u + kSecond);
  EXPECT_FALSE(Pacer(0, 0, 1).is_paced());
}

}  // namespace
}  // namespace laneway
