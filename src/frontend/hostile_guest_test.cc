// Guests and front-ends that break the rules: their own device stops with its error event, everything else goes on, and
// after a reset or a reconnect the device works again.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

class HostileGuestTest : public ::testing::Test {
 protected:
  HostileGuestTest() {
    EXPECT_TRUE(good_.attach());
    EXPECT_TRUE(bad_.attach());
    bad_.want_errors();
    EXPECT_TRUE(bad_.ask(FakeFrontend::get_features()).has_value());
  }

  void put(uint16_t index, const DescriptorWire& descriptor) {
    bad_.driver().vring().descriptors().store(index, descriptor);
  }
  void make_available(uint16_t head) {
    Vring& ring = bad_.driver().vring();
    ring.store_available_entry(next_, head);
    ring.store_available_index(++next_, std::memory_order_release);
  }
  uint64_t address(uint64_t bytes) { return static_cast<uint64_t>(bad_.memory().allocate(bytes)); }
  uint64_t header(uint32_t type = 0, uint64_t sector = 0) {
    const GuestAddr place = bad_.memory().allocate(16);
    const BlkHeaderWire wire{type, 0, sector};
    std::copy_n(bytes_of(wire).begin(), 16, bad_.memory().bytes(place, 16).begin());
    return static_cast<uint64_t>(place);
  }

  void expect_stopped(std::string_view reason) {
    bad_.kick();
    ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().connection().is_broken; }));
    EXPECT_NE(bad_function_.service().connection().broken_reason.find(reason), std::string::npos)
        << bad_function_.service().connection().broken_reason;
    ASSERT_TRUE(bench_.turn_until([&] { return bad_.errors() > 0; }));
    EXPECT_EQ(bad_function_.function().stats().ring_errors, 1u);
    EXPECT_NE(bad_.ask(FakeFrontend::message(40))->number() & 0x40, 0u) << "the device status says: needs reset";
    expect_neighbour_works();
    expect_back_after_reset();
  }
  void expect_neighbour_works() {
    ASSERT_TRUE(good_.disk().read(0, 4096).has_value());
    const auto finished = good_.finish(1);
    ASSERT_EQ(finished.size(), 1u);
    EXPECT_EQ(finished[0].status, 0);
  }
  void expect_back_after_reset() {
    // The guest's driver resets: the front-end stops the rings and starts new ones with memory of their own.
    ASSERT_TRUE(bad_.stop());
    EXPECT_FALSE(bad_function_.service().connection().is_broken);
    bad_.socket().close();
    ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().device() == nullptr; }));
    BenchGuest again(bench_, bad_function_.path(), {});
    ASSERT_TRUE(again.attach());
    ASSERT_TRUE(again.disk().read(0, 4096).has_value());
    EXPECT_EQ(again.finish(1).size(), 1u);
    again.socket().close();
    ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().device() == nullptr; }));
  }

  BenchReactor bench_;
  FakeDisk disk_;
  FakeDisk other_disk_;
  BenchFunction good_function_{bench_, other_disk_};
  BenchFunction bad_function_{bench_, disk_};
  BenchGuest good_{bench_, good_function_.path(), {}};
  BenchGuest bad_{bench_, bad_function_.path(), {}};
  uint16_t next_ = 0;
};

TEST_F(HostileGuestTest, CyclicChain) {
  put(0, {header(), 16, kDescriptorNext, 1});
  put(1, {header(), 16, kDescriptorNext, 0});
  make_available(0);
  expect_stopped("cycle");
}

TEST_F(HostileGuestTest, HeadOutOfRange) {
  make_available(256);
  expect_stopped("head");
}

TEST_F(HostileGuestTest, NextOutOfRange) {
  put(0, {header(), 16, kDescriptorNext, 60000});
  make_available(0);
  expect_stopped("next descriptor");
}

TEST_F(HostileGuestTest, AddressOutsideMemory) {
  put(0, {header(), 16, kDescriptorNext, 1});
  put(1, {0xdead'0000'0000, 4096, kDescriptorWrite | kDescriptorNext, 2});
  put(2, {address(1), 1, kDescriptorWrite, 0});
  make_available(0);
  expect_stopped("outside the guest's memory");
}

TEST_F(HostileGuestTest, MissingStatusByte) {
  put(0, {header(), 16, 0, 0});
  make_available(0);
  expect_stopped("without a status byte");
}

TEST_F(HostileGuestTest, MissingHeader) {
  put(0, {address(4), 4, kDescriptorNext, 1});
  put(1, {address(1), 1, kDescriptorWrite, 0});
  make_available(0);
  expect_stopped("without a complete header");
}

TEST_F(HostileGuestTest, MemoryFileCutOffWhileInUse) {
  ASSERT_TRUE(bad_.disk().read(0, 4096).has_value());
  bad_.driver().publish();
  ASSERT_EQ(ftruncate(bad_.memory().duplicate_fd(0).get(), 0), 0);
  bad_.kick();
  ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().connection().is_broken; }));
  EXPECT_NE(bad_function_.service().connection().broken_reason.find("became shorter"), std::string::npos);
  EXPECT_TRUE(bench_.turn_until([&] { return bad_.errors() > 0; }));
  expect_neighbour_works();
  // The next front-end brings memory of its own.
  bad_.socket().close();
  ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().device() == nullptr; }));
  BenchGuest again(bench_, bad_function_.path(), {});
  ASSERT_TRUE(again.attach());
  ASSERT_TRUE(again.disk().read(0, 4096).has_value());
  EXPECT_EQ(again.finish(1).size(), 1u);
}

TEST_F(HostileGuestTest, OversizedCounts) {
  bad_.driver().vring().store_available_index(1000, std::memory_order_release);
  expect_stopped("available index jumped");
}

TEST_F(HostileGuestTest, OversizedIndirectTable) {
  put(0, {address(64), 0xffff'fff0, kDescriptorIndirect, 0});
  make_available(0);
  expect_stopped("indirect table");
}

TEST_F(HostileGuestTest, TheSameChainTwice) {
  disk_.is_stalled = true;
  put(0, {header(), 16, kDescriptorNext, 1});
  put(1, {address(512), 512, kDescriptorWrite | kDescriptorNext, 2});
  put(2, {address(1), 1, kDescriptorWrite, 0});
  make_available(0);
  make_available(0);
  bad_.kick();
  ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().connection().is_broken; }));
  disk_.is_stalled = false;
  expect_stopped("before it was used");
}

TEST_F(HostileGuestTest, RequestsBeyondTheDiskAreErrorsAndNothingMore) {
  for (const uint64_t sector : {uint64_t{2048}, uint64_t{2047}, UINT64_MAX, UINT64_MAX / 512, uint64_t{1} << 55}) {
    ASSERT_TRUE(bad_.disk().read(sector, 1024).has_value());
    const auto finished = bad_.finish(1);
    ASSERT_EQ(finished.size(), 1u);
    EXPECT_EQ(finished[0].status, 1);
  }
  EXPECT_FALSE(bad_function_.service().connection().is_broken);
  EXPECT_TRUE(disk_.seen.empty());
}

TEST_F(HostileGuestTest, RingAddressesOutsideMemory) {
  ASSERT_TRUE(bad_.stop());
  bad_.socket().send(FakeFrontend::set_vring_num(0, 256));
  bad_.socket().send(FakeFrontend::set_vring_addr(0, {0, UserAddr{16}, UserAddr{32}, UserAddr{64}}));
  ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().connection().is_broken; }));
  expect_neighbour_works();
}

TEST_F(HostileGuestTest, MemoryRemovedUnderARunningRing) {
  ASSERT_EQ(bad_.ask(FakeFrontend::rem_mem_reg(bad_.memory().region(0), {}, FakeFrontend::kNeedReply))->number(), 0u);
  EXPECT_TRUE(bad_function_.service().connection().is_broken);
  bad_.driver().vring().store_available_index(1, std::memory_order_release);
  bench_.turn(100);
  expect_neighbour_works();
}

TEST_F(HostileGuestTest, MessagesOutOfOrderEndTheConnectionAndTheNextOneWorks) {
  const auto ends = [&](FakeMessage message) {
    BenchGuest guest(bench_, bad_function_.path(), {});
    if (!guest.attach()) return false;
    guest.socket().send(std::move(message));
    const bool is_at_end = bench_.turn_until([&] {
      (void)guest.socket().receive();
      return guest.socket().is_at_end();
    });
    return is_at_end && bench_.turn_until([&] { return bad_function_.service().device() == nullptr; });
  };
  bad_.socket().close();
  ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().device() == nullptr; }));
  EXPECT_TRUE(ends(FakeFrontend::set_vring_num(0, 128))) << "while the ring runs";
  EXPECT_TRUE(ends(FakeFrontend::set_vring_base(0, 3)));
  EXPECT_TRUE(ends(FakeFrontend::set_vring_addr(0, {0, UserAddr{16}, UserAddr{32}, UserAddr{64}})));
  EXPECT_TRUE(ends(FakeFrontend::set_inflight_fd(4096, 0, 1, 128, UniqueFd())));
  EXPECT_TRUE(ends(FakeFrontend::get_vring_base(9)));
  EXPECT_TRUE(ends(FakeFrontend::message(41)));
  FakeMessage garbage;
  garbage.bytes.assign(600, 0xa5);
  EXPECT_TRUE(ends(std::move(garbage)));
  EXPECT_EQ(bad_function_.function().stats().protocol_errors, 7u);
  expect_neighbour_works();
}

TEST_F(HostileGuestTest, AGuestThatBreaksItsRingsOverAndOverFillsNoLog) {
  // Ten lines, then one in ten seconds: the rest is counted.
  testing::internal::CaptureStderr();
  for (int i = 0; i < 30; ++i) {
    bad_.socket().close();
    ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().device() == nullptr; }));
    BenchGuest guest(bench_, bad_function_.path(), {});
    ASSERT_TRUE(guest.attach());
    guest.driver().vring().store_available_index(1000, std::memory_order_release);
    guest.kick();
    ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().connection().is_broken; }));
    guest.socket().close();
    ASSERT_TRUE(bench_.turn_until([&] { return bad_function_.service().device() == nullptr; }));
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 15);
  EXPECT_EQ(bad_function_.function().stats().ring_errors, 30u);
}

}  // namespace
}  // namespace laneway
