#include "virtio/split_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "virtio/chain_walk.h"
#include "virtio/inflight.h"
#include "virtio/testing/fake_driver.h"

namespace laneway {
namespace {

// One ring with both sides, and a record that outlives the device's side.
class SplitQueueTest : public ::testing::Test {
 protected:
  void build(const FakeDriver::Options& options, std::optional<uint16_t> base = std::nullopt) {
    driver_ = std::make_unique<FakeDriver>(guest_, options);
    memory_ = guest_.map_for_device();
    const uint64_t bytes = InflightRegion::bytes_for(1, 1024);
    auto fd = InflightRegion::create_file(bytes);
    ASSERT_TRUE(fd.has_value());
    auto region = InflightRegion::map(fd->get(), {bytes, 0, 1, 1024});
    ASSERT_TRUE(region.has_value());
    region_ = std::move(*region);
    has_event_index_ = options.has_event_index;
    ASSERT_EQ(start(base ? base : std::optional<uint16_t>(options.first_index)), RingFault::none);
  }

  RingFault start(std::optional<uint16_t> base) {
    const auto parts = [&](GuestAddr address, uint64_t bytes) { return *memory_.view(address, bytes); };
    const uint16_t size = driver_->size();
    const auto ring = Vring::at(size, parts(driver_->descriptors(), descriptor_table_bytes(size)),
                                parts(driver_->available(), available_ring_bytes(size)),
                                parts(driver_->used(), used_ring_bytes(size)));
    EXPECT_TRUE(ring.has_value());
    SplitQueue::Setup setup;
    setup.ring = *ring;
    setup.record = *region_.record(0);
    setup.memory = &memory_;
    setup.has_indirect = true;
    setup.has_event_index = has_event_index_;
    setup.base = base;
    queue_ = std::make_unique<SplitQueue>();
    return queue_->start(setup);
  }

  // A chain of one readable and one writable buffer.
  uint16_t add_chain(uint32_t tag = 0) {
    const GuestAddr out = guest_.allocate(4);
    store_le<uint32_t>(guest_.bytes(out, 4), 0, tag);
    const FakeBuffer buffers[] = {{out, 4, false}, {guest_.allocate(8), 8, true}};
    const auto head = driver_->add(buffers);
    EXPECT_TRUE(head.has_value());
    return head.value_or(0);
  }

  uint32_t tag_of(const ChainSegments& segments) {
    return load_le<uint32_t>({static_cast<const uint8_t*>(segments.list[0].iov_base), 4}, 0);
  }

  RingFault take(Chain& chain) {
    if (queue_->available() == 0) return RingFault::bad_setup;
    return queue_->take(chain, segments_);
  }

  // Raw access for hostile guests.
  void put_descriptor(uint16_t index, const DescriptorWire& descriptor) {
    driver_->vring().descriptors().store(index, descriptor);
  }
  void make_available(uint16_t head, uint16_t index) {
    driver_->vring().store_available_entry(index, head);
    driver_->vring().store_available_index(static_cast<uint16_t>(index + 1), std::memory_order_release);
  }
  RingFault fault_of(const std::vector<DescriptorWire>& descriptors, uint16_t head = 0) {
    for (uint16_t i = 0; i < descriptors.size(); ++i) put_descriptor(i, descriptors[i]);
    make_available(head, 0);
    Chain chain;
    const RingFault fault = take(chain);
    if (!chain.is_spent()) queue_->put_back(std::move(chain));
    return fault;
  }
  uint64_t good_address() { return static_cast<uint64_t>(guest_.allocate(64)); }

  FakeGuest guest_;
  std::unique_ptr<FakeDriver> driver_;
  GuestMemory memory_;
  InflightRegion region_;
  bool has_event_index_ = false;
  std::unique_ptr<SplitQueue> queue_;
  ChainSegments segments_;
};

TEST_F(SplitQueueTest, TakesAndReturnsChainsOfEveryQueueSizeAroundTheWrapOfTheIndexes) {
  for (uint32_t size = 1; size <= 1024; size *= 2) {
    for (const bool has_event_index : {false, true}) {
      const GuestAddr mark = guest_.mark();
      build({static_cast<uint16_t>(size), has_event_index, 65530}, 65530);
      const GuestAddr buffers_mark = guest_.mark();
      for (uint32_t round = 0; round < 20; ++round) {
        guest_.rewind(buffers_mark);
        // A chain of one descriptor: the smallest ring has room for it.
        const FakeBuffer buffer{guest_.allocate(4), 4, true};
        ASSERT_TRUE(driver_->add({&buffer, 1}));
        driver_->publish();
        Chain chain;
        ASSERT_EQ(take(chain), RingFault::none);
        EXPECT_EQ(segments_.writable_bytes, 4u);
        queue_->push(std::move(chain), round);
        (void)queue_->publish();
        const auto used = driver_->take_used();
        ASSERT_TRUE(used.has_value());
        EXPECT_EQ(used->length, round);
      }
      EXPECT_EQ(queue_->stop(), static_cast<uint16_t>(65530 + 20));
      guest_.rewind(mark);
    }
  }
}

TEST_F(SplitQueueTest, AFullRingIsTakenInOneGo) {
  build({256, true, 0});
  for (uint32_t i = 0; i < 128; ++i) add_chain(i);
  driver_->publish();
  EXPECT_EQ(queue_->available(), 128u);
  std::vector<Chain> chains(128);
  for (uint32_t i = 0; i < 128; ++i) {
    ASSERT_EQ(take(chains[i]), RingFault::none);
    EXPECT_EQ(tag_of(segments_), i);
  }
  EXPECT_EQ(queue_->available(), 0u);
  EXPECT_EQ(queue_->in_flight(), 128u);
  for (Chain& chain : chains) queue_->push(std::move(chain), 8);
  EXPECT_FALSE(driver_->take_used().has_value()) << "nothing is visible before publish()";
  (void)queue_->publish();
  for (uint32_t i = 0; i < 128; ++i) EXPECT_TRUE(driver_->take_used().has_value());
}

TEST_F(SplitQueueTest, IndirectTablesAndMixedChainsAreFollowed) {
  build({8, false, 0});
  const FakeBuffer buffers[] = {
      {guest_.allocate(16), 16, false}, {guest_.allocate(5), 5, true}, {guest_.allocate(7), 7, true}};
  ASSERT_TRUE(driver_->add(buffers, true));
  driver_->publish();
  Chain chain;
  ASSERT_EQ(take(chain), RingFault::none);
  EXPECT_EQ(segments_.readable_bytes, 16u);
  EXPECT_EQ(segments_.writable_bytes, 12u);
  queue_->push(std::move(chain), 0);
  (void)queue_->publish();

  // 2.7.5.3.2: zero or more normal descriptors followed by an indirect one are legal.
  const GuestAddr table = guest_.allocate(16, 16);
  DescriptorTable(guest_.bytes(table, 16)).store(0, {good_address(), 9, kDescriptorWrite, 0});
  put_descriptor(0, {good_address(), 3, kDescriptorNext, 1});
  put_descriptor(1, {static_cast<uint64_t>(table), 16, kDescriptorIndirect, 0});
  make_available(0, 1);
  ASSERT_EQ(take(chain), RingFault::none);
  EXPECT_EQ(segments_.readable_bytes, 3u);
  EXPECT_EQ(segments_.writable_bytes, 9u);
  queue_->push(std::move(chain), 0);
}

TEST_F(SplitQueueTest, NeighboursBecomeOneSegmentAndABufferOverTwoRegionsTwo) {
  build({8, false, 0});
  const GuestAddr together = guest_.allocate(300);
  const FakeBuffer buffers[] = {{together, 100, false}, {together + 100, 100, false}, {together + 200, 100, true}};
  ASSERT_TRUE(driver_->add(buffers));
  driver_->publish();
  Chain chain;
  ASSERT_EQ(take(chain), RingFault::none);
  EXPECT_EQ(segments_.readable_count, 1u);
  EXPECT_EQ(segments_.count, 2u) << "a readable and a writable buffer never merge";
  queue_->push(std::move(chain), 0);

  FakeGuest two_regions({4096 * 4, 4096 * 4});
  FakeDriver driver(two_regions, {8, false, 0});
  GuestMemory memory = two_regions.map_for_device();
  const uint64_t border = FakeGuest::kFirstAddress + 4096 * 4;
  const FakeBuffer spanning{GuestAddr{border - 100}, 200, true};
  ASSERT_TRUE(driver.add({&spanning, 1}));
  ASSERT_EQ(walk_chain({memory, driver.vring().descriptors(), false}, 0, segments_), RingFault::none);
  EXPECT_EQ(segments_.writable_bytes, 200u);
  ASSERT_EQ(segments_.count, 2u);
  EXPECT_EQ(segments_.list[0].iov_len, 100u);
  EXPECT_EQ(segments_.list[1].iov_len, 100u);
  const FakeBuffer beyond{GuestAddr{border + 4096 * 4 - 100}, 200, true};
  const auto head = driver.add({&beyond, 1});
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(walk_chain({memory, driver.vring().descriptors(), false}, *head, segments_),
            RingFault::address_outside_memory);
}

TEST_F(SplitQueueTest, ZeroLengthDescriptorsAreSkipped) {
  build({8, false, 0});
  const FakeBuffer buffers[] = {
      {GuestAddr{0}, 0, false}, {guest_.allocate(4), 4, false}, {guest_.allocate(1), 1, true}};
  ASSERT_TRUE(driver_->add(buffers));
  driver_->publish();
  Chain chain;
  ASSERT_EQ(take(chain), RingFault::none);
  EXPECT_EQ(segments_.count, 2u);
  queue_->push(std::move(chain), 0);
}

TEST_F(SplitQueueTest, HostileChainsAreFaults) {
  build({8, false, 0});
  const uint64_t a = good_address();
  EXPECT_EQ(fault_of({{a, 4, kDescriptorNext, 1}, {a, 4, kDescriptorNext, 0}}), RingFault::descriptor_cycle);
  EXPECT_EQ(fault_of({{a, 4, kDescriptorNext, 0}}), RingFault::descriptor_cycle);
  EXPECT_EQ(fault_of({{a, 4, kDescriptorNext, 8}}), RingFault::next_out_of_range);
  EXPECT_EQ(fault_of({{a, 4, 0, 0}}, 8), RingFault::head_out_of_range);
  EXPECT_EQ(fault_of({{0, 4, 0, 0}}), RingFault::address_outside_memory);
  EXPECT_EQ(fault_of({{UINT64_MAX - 1, 4, 0, 0}}), RingFault::address_outside_memory);
  EXPECT_EQ(fault_of({{a, UINT32_MAX, 0, 0}}), RingFault::address_outside_memory);
  EXPECT_EQ(fault_of({{a, 4, kDescriptorWrite | kDescriptorNext, 1}, {a, 4, 0, 0}}),
            RingFault::readable_after_writable);
}

TEST_F(SplitQueueTest, HostileIndirectTablesAreFaults) {
  build({8, false, 0});
  const uint64_t a = good_address();
  const GuestAddr table = guest_.allocate(64, 16);
  const auto t = static_cast<uint64_t>(table);
  DescriptorTable inner(guest_.bytes(table, 64));
  EXPECT_EQ(fault_of({{t, 0, kDescriptorIndirect, 0}}), RingFault::indirect_length);
  EXPECT_EQ(fault_of({{t, 17, kDescriptorIndirect, 0}}), RingFault::indirect_length);
  EXPECT_EQ(fault_of({{t, 16 * 1025, kDescriptorIndirect, 0}}), RingFault::indirect_length);
  EXPECT_EQ(fault_of({{1, 16, kDescriptorIndirect, 0}}), RingFault::address_outside_memory);
  EXPECT_EQ(fault_of({{t, 16, kDescriptorIndirect | kDescriptorNext, 1}}), RingFault::indirect_with_next);
  inner.store(0, {t, 16, kDescriptorIndirect, 0});
  EXPECT_EQ(fault_of({{t, 16, kDescriptorIndirect, 0}}), RingFault::indirect_nested);
  inner.store(0, {a, 4, kDescriptorNext, 4});
  EXPECT_EQ(fault_of({{t, 64, kDescriptorIndirect, 0}}), RingFault::next_out_of_range);
  inner.store(0, {a, 4, kDescriptorNext, 1});
  inner.store(1, {a, 4, kDescriptorNext, 0});
  EXPECT_EQ(fault_of({{t, 64, kDescriptorIndirect, 0}}), RingFault::descriptor_cycle);
}

TEST_F(SplitQueueTest, IndirectDescriptorsNeedTheFeature) {
  build({8, false, 0});
  const GuestAddr table = guest_.allocate(16, 16);
  DescriptorTable(guest_.bytes(table, 16)).store(0, {good_address(), 9, kDescriptorWrite, 0});
  SplitQueue::Setup setup;
  setup.ring = driver_->vring();
  setup.record = *region_.record(0);
  setup.memory = &memory_;
  setup.base = 0;
  queue_ = std::make_unique<SplitQueue>();
  ASSERT_EQ(queue_->start(setup), RingFault::none);
  EXPECT_EQ(fault_of({{static_cast<uint64_t>(table), 16, kDescriptorIndirect, 0}}), RingFault::indirect_not_negotiated);
}

TEST_F(SplitQueueTest, AnAvailableIndexThatJumpsIsAFault) {
  build({8, false, 0});
  driver_->vring().store_available_index(9, std::memory_order_release);
  Chain chain;
  EXPECT_EQ(take(chain), RingFault::available_index_jump);
}

TEST_F(SplitQueueTest, AHeadThatIsInFlightCannotBeTakenAgain) {
  build({8, false, 0});
  put_descriptor(0, {good_address(), 4, kDescriptorWrite, 0});
  make_available(0, 0);
  Chain first;
  ASSERT_EQ(take(first), RingFault::none);
  make_available(0, 1);
  Chain second;
  EXPECT_EQ(take(second), RingFault::head_in_flight);
  queue_->push(std::move(first), 0);
  EXPECT_EQ(take(second), RingFault::head_in_flight) << "not before it was published";
  (void)queue_->publish();
  EXPECT_EQ(take(second), RingFault::none);
  queue_->push(std::move(second), 0);
}

TEST_F(SplitQueueTest, PutBackChainsComeAgain) {
  build({8, false, 0});
  add_chain(7);
  driver_->publish();
  Chain chain;
  ASSERT_EQ(take(chain), RingFault::none);
  queue_->put_back(std::move(chain));
  EXPECT_EQ(queue_->in_flight(), 0u);
  EXPECT_FALSE(region_.record(0)->is_in_flight(0));
  ASSERT_EQ(take(chain), RingFault::none);
  EXPECT_EQ(tag_of(segments_), 7u);
  queue_->push(std::move(chain), 0);
}

TEST_F(SplitQueueTest, CallsFollowTheGuestsFlagWithoutTheEventIndex) {
  build({8, false, 0});
  const auto turn = [&] {
    add_chain();
    driver_->publish();
    Chain chain;
    EXPECT_EQ(take(chain), RingFault::none);
    queue_->push(std::move(chain), 0);
    const bool is_called = queue_->publish();
    driver_->take_used();
    return is_called;
  };
  EXPECT_TRUE(turn()) << "the first publish always calls";
  EXPECT_TRUE(turn());
  driver_->set_calls(false);
  EXPECT_FALSE(turn());
  driver_->set_calls(true);
  EXPECT_TRUE(turn());
  EXPECT_FALSE(queue_->publish()) << "nothing new, no call";
}

TEST_F(SplitQueueTest, CallsFollowTheUsedEventAcrossTheWrap) {
  build({8, true, 65533}, 65533);
  driver_->set_calls(false);
  const auto turn = [&] {
    add_chain();
    driver_->publish();
    Chain chain;
    EXPECT_EQ(take(chain), RingFault::none);
    queue_->push(std::move(chain), 0);
    const bool is_called = queue_->publish();
    driver_->take_used();
    return is_called;
  };
  EXPECT_TRUE(turn());                       // used index 65534; the first one always calls
  driver_->vring().store_used_event(65535);  // wanted when 65535 is passed
  EXPECT_FALSE(turn());                      // 65535
  EXPECT_TRUE(turn());                       // 0
  EXPECT_FALSE(turn());                      // 1
  driver_->vring().store_used_event(1);
  EXPECT_TRUE(turn());  // 2
}

TEST_F(SplitQueueTest, KicksAreOnlyAskedForWhenTheDeviceSleeps) {
  for (const bool has_event_index : {false, true}) {
    build({8, has_event_index, 0});
    const auto take_all = [&] {
      while (queue_->available() > 0) {
        Chain chain;
        ASSERT_EQ(take(chain), RingFault::none);
        queue_->push(std::move(chain), 0);
      }
      (void)queue_->publish();
      while (driver_->take_used()) {
      }
    };
    add_chain();
    EXPECT_FALSE(driver_->publish()) << "a started ring is looked at";
    take_all();
    EXPECT_TRUE(queue_->request_kicks());
    add_chain();
    EXPECT_TRUE(driver_->publish());
    EXPECT_FALSE(queue_->request_kicks()) << "a chain came meanwhile: do not sleep";
    queue_->suppress_kicks();
    take_all();
    add_chain();
    EXPECT_FALSE(driver_->publish());
    take_all();
    EXPECT_TRUE(queue_->request_kicks());
    queue_->suppress_kicks();  // woken by something else than a kick
    add_chain();
    EXPECT_FALSE(driver_->publish());
  }
}

TEST_F(SplitQueueTest, TheRecordIsSetBeforeAndClearedAfterTheUsedIndex) {
  build({8, false, 0});
  const InflightRecordView record = *region_.record(0);
  const uint16_t head = add_chain();
  driver_->publish();
  Chain chain;
  ASSERT_EQ(take(chain), RingFault::none);
  EXPECT_TRUE(record.is_in_flight(head));
  queue_->push(std::move(chain), 0);
  EXPECT_TRUE(record.is_in_flight(head)) << "the guest does not see it yet";
  EXPECT_EQ(record.last_batch_head(), head);
  (void)queue_->publish();
  EXPECT_FALSE(record.is_in_flight(head));
  EXPECT_EQ(record.used_index(), 1u);
}

TEST_F(SplitQueueTest, ASuccessorRepeatsUnfinishedChainsInTheirOrder) {
  build({16, false, 65534}, 65534);
  std::vector<Chain> chains(6);
  for (uint32_t i = 0; i < 6; ++i) add_chain(i);
  driver_->publish();
  for (Chain& chain : chains) ASSERT_EQ(take(chain), RingFault::none);
  // Out of order: 1 and 4 finish, the rest does not.
  queue_->push(std::move(chains[4]), 0);
  queue_->push(std::move(chains[1]), 0);
  (void)queue_->publish();
  for (Chain& chain : chains) {
    if (!chain.is_spent()) queue_->abandon(std::move(chain));
  }
  ASSERT_EQ(start(std::nullopt), RingFault::none);
  EXPECT_EQ(queue_->next_available(), static_cast<uint16_t>(65534 + 6));
  std::vector<uint32_t> tags;
  while (queue_->available() > 0) {
    Chain chain;
    ASSERT_EQ(take(chain), RingFault::none);
    tags.push_back(tag_of(segments_));
    queue_->push(std::move(chain), 0);
  }
  EXPECT_TRUE(queue_->publish());
  EXPECT_EQ(tags, (std::vector<uint32_t>{0, 2, 3, 5}));
  EXPECT_EQ(driver_->in_flight(), 6u);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(driver_->take_used().has_value());
}

// What each step of a publish leaves behind when its process is killed after it.
TEST_F(SplitQueueTest, ASuccessorNeverRepeatsWhatTheGuestSawAsUsed) {
  for (const bool index_was_published : {false, true}) {
    build({8, false, 0});
    InflightRecordView record = *region_.record(0);
    for (uint32_t i = 0; i < 3; ++i) add_chain(i);
    driver_->publish();
    std::vector<Chain> chains(3);
    for (Chain& chain : chains) ASSERT_EQ(take(chain), RingFault::none);
    queue_->push(std::move(chains[2]), 0);
    queue_->push(std::move(chains[0]), 0);
    queue_->abandon(std::move(chains[1]));
    // Killed before or after the used index was stored, and before the record was cleared.
    if (index_was_published) driver_->vring().store_used_index(2, std::memory_order_release);
    ASSERT_EQ(start(std::nullopt), RingFault::none);
    std::vector<uint32_t> tags;
    while (queue_->available() > 0) {
      Chain chain;
      ASSERT_EQ(take(chain), RingFault::none);
      tags.push_back(tag_of(segments_));
      queue_->push(std::move(chain), 0);
    }
    (void)queue_->publish();
    EXPECT_EQ(tags, index_was_published ? std::vector<uint32_t>({1}) : std::vector<uint32_t>({0, 1, 2}));
    EXPECT_EQ(record.used_index(), 3u);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(driver_->take_used().has_value());
  }
}

TEST_F(SplitQueueTest, AFreshRecordMeetsARingThatComesFromAnotherHost) {
  build({8, false, 1000}, std::nullopt);
  EXPECT_EQ(queue_->next_available(), 1000u);
  EXPECT_EQ(region_.record(0)->used_index(), 1000u);
  // And once more with a record that was used before, at another index, with nothing in flight.
  region_.record(0)->store_used_index(5, std::memory_order_relaxed);
  ASSERT_EQ(start(std::nullopt), RingFault::none);
  EXPECT_EQ(queue_->next_available(), 1000u);
}

TEST_F(SplitQueueTest, ForeignRecordsAreChecked) {
  build({8, false, 0});
  InflightRecordView record = *region_.record(0);
  record.store_in_flight(8, true, std::memory_order_relaxed);  // beyond the ring
  EXPECT_EQ(start(std::nullopt), RingFault::bad_inflight_record);
  record.store_in_flight(8, false, std::memory_order_relaxed);
  record.store_in_flight(1, true, std::memory_order_relaxed);
  record.store_used_index(static_cast<uint16_t>(0 - 9), std::memory_order_relaxed);  // a batch of 9 in a ring of 8
  EXPECT_EQ(start(std::nullopt), RingFault::bad_inflight_record);
  record.store_used_index(static_cast<uint16_t>(0 - 8), std::memory_order_relaxed);
  record.store_last_batch_head(60000);  // a list that leads nowhere
  EXPECT_EQ(start(std::nullopt), RingFault::none);
}

TEST_F(SplitQueueTest, ARecordWithFewerEntriesThanTheRingIsRefused) {
  build({1024, false, 0});
  auto small = InflightRecordView::at(guest_.bytes(guest_.allocate(16 + 16 * 512, 64), 16 + 16 * 512), 512);
  ASSERT_TRUE(small.has_value());
  SplitQueue::Setup setup;
  setup.ring = driver_->vring();
  setup.record = *small;
  setup.memory = &memory_;
  SplitQueue queue;
  EXPECT_EQ(queue.start(setup), RingFault::bad_setup);
}

TEST(Vring, RefusesPartsThatAreTooShortOrMisaligned) {
  FakeGuest guest;
  const ByteSpan memory = guest.bytes(guest.allocate(65536, 4096), 65536);
  const auto at = [&](uint16_t size, size_t d, size_t a, size_t u) {
    return Vring::at(size, memory.subspan(d, 4096), memory.subspan(a, 4096), memory.subspan(u, 4096)).has_value();
  };
  EXPECT_TRUE(at(256, 0, 4096, 8192));
  EXPECT_FALSE(at(0, 0, 4096, 8192));
  EXPECT_FALSE(at(3, 0, 4096, 8192));
  EXPECT_FALSE(at(512, 0, 4096, 8192)) << "the descriptors need 8192 bytes";
  EXPECT_FALSE(at(256, 8, 4096, 8192));
  EXPECT_FALSE(at(256, 0, 4097, 8192));
  EXPECT_FALSE(at(256, 0, 4096, 8194));
}

TEST(NeedsEvent, FollowsTheSpecificationAcrossTheWrap) {
  EXPECT_TRUE(needs_event(0, 1, 0));
  EXPECT_FALSE(needs_event(1, 1, 0));
  EXPECT_TRUE(needs_event(65535, 0, 65535));
  EXPECT_TRUE(needs_event(65535, 3, 65530));
  EXPECT_FALSE(needs_event(3, 3, 65530));
  EXPECT_FALSE(needs_event(65529, 3, 65530));
}

TEST(InflightRegion, RefusesRegionsThatDoNotFit) {
  const uint64_t bytes = InflightRegion::bytes_for(4, 128);
  auto fd = InflightRegion::create_file(bytes);
  ASSERT_TRUE(fd.has_value());
  EXPECT_TRUE(InflightRegion::map(fd->get(), {bytes, 0, 4, 128}).has_value());
  EXPECT_FALSE(InflightRegion::map(fd->get(), {bytes, 0, 5, 128}).has_value());
  EXPECT_FALSE(InflightRegion::map(fd->get(), {bytes, 0, 0, 128}).has_value());
  EXPECT_FALSE(InflightRegion::map(fd->get(), {bytes, 0, 4, 0}).has_value());
  EXPECT_FALSE(InflightRegion::map(fd->get(), {bytes + 4096, 0, 4, 128}).has_value());
  EXPECT_FALSE(InflightRegion::map(fd->get(), {bytes, 64, 4, 128}).has_value());
  EXPECT_FALSE(InflightRegion::map(fd->get(), {bytes, UINT64_MAX - 7, 4, 128}).has_value());
  EXPECT_FALSE(InflightRegion::map(-1, {bytes, 0, 4, 128}).has_value());
  EXPECT_NE(::ftruncate(fd->get(), 0), 0) << "nobody shrinks the file under our mapping";
}

}  // namespace
}  // namespace laneway
