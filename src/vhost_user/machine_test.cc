#include "vhost_user/machine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "vhost_user/testing/fake_device.h"
#include "vhost_user/testing/fake_frontend.h"
#include "vhost_user/testing/frontend_script.h"

namespace laneway {
namespace {

UniqueFd event() { return UniqueFd(::eventfd(0, EFD_CLOEXEC)); }

class MachineTest : public ::testing::Test {
 protected:
  // Feeds a message in pieces of `piece` bytes; true where the connection goes on.
  bool send(FakeMessage message, size_t piece = SIZE_MAX) {
    std::vector<UniqueFd> descriptors = std::move(message.descriptors);
    ByteView rest = message.bytes;
    while (!rest.empty()) {
      const size_t part = std::min({piece, rest.size(), machine_.wanted_bytes()});
      if (part == 0) return false;
      auto taken = machine_.received(rest.first(part), std::move(descriptors));
      descriptors.clear();
      if (!taken) {
        last_error_ = taken.error().message;
        return false;
      }
      rest = rest.subspan(part);
    }
    return true;
  }
  std::optional<FakeMessage> answer() {
    if (machine_.output().empty()) return std::nullopt;
    FakeFrontend reader;
    std::vector<UniqueFd> descriptors;
    for (const UniqueFd& fd : machine_.output_descriptors()) descriptors.push_back(UniqueFd(::dup(fd.get())));
    reader.received(machine_.output(), std::move(descriptors));
    machine_.sent(machine_.output().size());
    return reader.take_answer();
  }
  uint64_t ask(FakeMessage message) {
    EXPECT_TRUE(send(std::move(message))) << last_error_;
    const auto reply = answer();
    EXPECT_TRUE(reply.has_value());
    return reply ? reply->number() : UINT64_MAX;
  }
  void negotiate(uint64_t protocol = VhostUserMachine::kOfferedProtocolFeatures) {
    EXPECT_TRUE(send(FakeFrontend::set_protocol_features(protocol)));
    EXPECT_TRUE(send(FakeFrontend::set_features(device_.offered | vhost_feature::kProtocolFeatures)));
  }
  void give_memory() {
    for (size_t i = 0; i < guest_.region_count(); ++i) {
      EXPECT_TRUE(send(FakeFrontend::add_mem_reg(guest_.region(i), guest_.duplicate_fd(i))));
    }
  }
  FakeRingAddresses addresses(const FakeDriver& driver) {
    return {0, FakeGuest::user(driver.descriptors()), FakeGuest::user(driver.available()),
            FakeGuest::user(driver.used())};
  }
  void run_ring(uint32_t ring) {
    EXPECT_TRUE(send(FakeFrontend::set_vring_num(ring, 256)));
    EXPECT_TRUE(send(FakeFrontend::set_vring_base(ring, 7)));
    EXPECT_TRUE(send(FakeFrontend::set_vring_addr(ring, addresses(driver_))));
    EXPECT_TRUE(send(FakeFrontend::set_vring_kick(ring, event())));
    EXPECT_TRUE(send(FakeFrontend::set_vring_enable(ring, true)));
  }

  FakeGuest guest_{{1 << 20, 1 << 20}};
  FakeDriver driver_{guest_, {256, true, 0}};
  FakeDevice device_;
  VhostUserMachine machine_{device_, 4, true};
  std::string last_error_;
};

TEST_F(MachineTest, AnswersWhatItOffers) {
  EXPECT_EQ(ask(FakeFrontend::get_features()), device_.offered | vhost_feature::kProtocolFeatures);
  EXPECT_EQ(ask(FakeFrontend::get_protocol_features()), VhostUserMachine::kOfferedProtocolFeatures);
  EXPECT_EQ(ask(FakeFrontend::get_queue_num()), 4u);
  EXPECT_EQ(ask(FakeFrontend::message(36)), 509u);
}

TEST_F(MachineTest, MessagesMayComeByteByByte) {
  EXPECT_TRUE(send(FakeFrontend::set_features(device_.offered), 1));
  EXPECT_EQ(machine_.record().features, device_.offered);
  EXPECT_TRUE(send(FakeFrontend::get_features(), 5));
  EXPECT_EQ(machine_.wanted_bytes(), 0u) << "nothing is received before the answer is sent";
  EXPECT_TRUE(answer().has_value());
  EXPECT_EQ(machine_.wanted_bytes(), 12u);
}

TEST_F(MachineTest, MalformedHeadersEndTheConnection) {
  FakeMessage version = FakeFrontend::get_features();
  version.bytes[4] = 2;
  EXPECT_FALSE(send(std::move(version)));
  FakeMessage reply = FakeFrontend::get_features();
  reply.bytes[4] |= kMessageReply;
  VhostUserMachine second(device_, 4, true);
  EXPECT_FALSE(second.received(reply.bytes, {}).has_value());
  FakeMessage huge = FakeFrontend::get_features();
  store_le<uint32_t>(huge.bytes, 8, 2049);
  VhostUserMachine third(device_, 4, true);
  EXPECT_FALSE(third.received(huge.bytes, {}).has_value());
}

TEST_F(MachineTest, PayloadsOfTheWrongSizeEndTheConnection) {
  const uint8_t bytes[7] = {};
  for (const uint32_t request :
       {2u, 8u, 9u, 10u, 11u, 12u, 13u, 14u, 16u, 18u, 24u, 25u, 31u, 32u, 37u, 38u, 39u, 5u}) {
    VhostUserMachine machine(device_, 4, true);
    const FakeMessage message = FakeFrontend::message(request, bytes);
    ASSERT_TRUE(machine.received(ByteView(message.bytes).first(12), {}).has_value());
    EXPECT_FALSE(machine.received(ByteView(message.bytes).subspan(12), {}).has_value()) << request;
  }
}

TEST_F(MachineTest, RingNumbersBeyondTheDeviceEndTheConnection) {
  const FakeRingAddresses nowhere;
  std::vector<FakeMessage> messages;
  messages.push_back(FakeFrontend::set_vring_num(4, 8));
  messages.push_back(FakeFrontend::set_vring_base(4, 0));
  messages.push_back(FakeFrontend::set_vring_addr(4, nowhere));
  messages.push_back(FakeFrontend::set_vring_kick(4, event()));
  messages.push_back(FakeFrontend::set_vring_call(200, event()));
  messages.push_back(FakeFrontend::set_vring_err(4, event()));
  messages.push_back(FakeFrontend::set_vring_enable(UINT32_MAX, true));
  messages.push_back(FakeFrontend::get_vring_base(4));
  for (FakeMessage& message : messages) {
    VhostUserMachine machine(device_, 4, true);
    EXPECT_TRUE(machine.received(ByteView(message.bytes).first(12), std::move(message.descriptors)).has_value());
    EXPECT_FALSE(machine.received(ByteView(message.bytes).subspan(12), {}).has_value()) << message.request();
  }
}

TEST_F(MachineTest, UnknownRequestsAreRefusedPolitelyWhereTheFrontEndAsks) {
  negotiate();
  EXPECT_EQ(ask(FakeFrontend::message(99, {}, FakeFrontend::kNeedReply)), 1u);
  EXPECT_FALSE(send(FakeFrontend::message(99)));
}

TEST_F(MachineTest, UnexpectedDescriptorsAreClosed) {
  FakeMessage message = FakeFrontend::set_owner();
  for (int i = 0; i < 3; ++i) message.descriptors.push_back(event());
  const int watched = message.descriptors.back().get();
  EXPECT_TRUE(send(std::move(message)));
  EXPECT_EQ(device_.closed, 3u);
  EXPECT_EQ(::fcntl(watched, F_GETFD), -1);
}

TEST_F(MachineTest, MissingDescriptorsEndTheConnection) {
  for (const uint32_t request : {12u, 13u, 14u}) {
    VhostUserMachine machine(device_, 4, true);
    const FakeMessage message = FakeFrontend::number(request, 0);  // no "no descriptor" bit
    ASSERT_TRUE(machine.received(ByteView(message.bytes).first(12), {}).has_value());
    EXPECT_FALSE(machine.received(ByteView(message.bytes).subspan(12), {}).has_value());
  }
  FakeMessage region = FakeFrontend::add_mem_reg(guest_.region(0), UniqueFd());
  EXPECT_FALSE(send(std::move(region)));
}

TEST_F(MachineTest, FeaturesThatWereNotOfferedAreRefused) {
  negotiate();
  FakeMessage message = FakeFrontend::number(2, 1ull << 40, FakeFrontend::kNeedReply);
  EXPECT_EQ(ask(std::move(message)), 1u);
  EXPECT_EQ(device_.stops, 0u);
  EXPECT_TRUE(send(FakeFrontend::set_features(1ull << 40)));
  EXPECT_EQ(device_.stops, 1u) << "nobody was told, so the device must not serve on";
}

TEST_F(MachineTest, ARingRunsWhenItIsSetUpStartedAndEnabled) {
  negotiate();
  give_memory();
  EXPECT_TRUE(send(FakeFrontend::set_vring_num(0, 256)));
  EXPECT_TRUE(send(FakeFrontend::set_vring_base(0, 7)));
  EXPECT_TRUE(send(FakeFrontend::set_vring_addr(0, addresses(driver_))));
  EXPECT_TRUE(send(FakeFrontend::set_vring_kick(0, event())));
  EXPECT_FALSE(device_.running.contains(0));
  EXPECT_TRUE(send(FakeFrontend::set_vring_enable(0, true)));
  EXPECT_TRUE(device_.running.contains(0));
}

TEST_F(MachineTest, WithoutProtocolFeaturesRingsNeedNoEnable) {
  EXPECT_TRUE(send(FakeFrontend::set_features(device_.offered)));
  give_memory();
  EXPECT_TRUE(send(FakeFrontend::set_vring_num(0, 256)));
  EXPECT_TRUE(send(FakeFrontend::set_vring_addr(0, addresses(driver_))));
  EXPECT_TRUE(send(FakeFrontend::set_vring_kick(0, event())));
  EXPECT_TRUE(device_.running.contains(0));
}

// A successor starts the rings that its record calls ready: one that runs has to be among them.
TEST_F(MachineTest, ARingThatRunsStaysEnabledWhenProtocolFeaturesComeLate) {
  EXPECT_TRUE(send(FakeFrontend::set_features(device_.offered)));
  give_memory();
  EXPECT_TRUE(send(FakeFrontend::set_vring_num(0, 256)));
  EXPECT_TRUE(send(FakeFrontend::set_vring_addr(0, addresses(driver_))));
  EXPECT_TRUE(send(FakeFrontend::set_vring_kick(0, event())));
  EXPECT_TRUE(send(FakeFrontend::set_features(device_.offered | vhost_feature::kProtocolFeatures)));
  EXPECT_TRUE(device_.running.contains(0));
  EXPECT_TRUE(machine_.is_ready(0));
}

// Likewise one whose memory went away: its addresses are refused then, but it runs.
TEST_F(MachineTest, ARingThatRunsKeepsItsAddressesWhenItsMemoryWentAway) {
  negotiate();
  give_memory();
  run_ring(0);
  for (size_t i = 0; i < guest_.region_count() - 1; ++i)
    EXPECT_TRUE(send(FakeFrontend::rem_mem_reg(guest_.region(i), {})));
  EXPECT_TRUE(send(FakeFrontend::set_vring_addr(0, addresses(driver_))));
  EXPECT_EQ(device_.stops, 1u) << "nobody asked for an answer";
  EXPECT_TRUE(device_.running.contains(0));
  EXPECT_TRUE(machine_.is_ready(0));
}

TEST_F(MachineTest, GetVringBaseWaitsForTheRingToDrain) {
  negotiate();
  give_memory();
  run_ring(1);
  device_.busy.insert(1);
  device_.base[1] = 4711;
  EXPECT_TRUE(send(FakeFrontend::get_vring_base(1)));
  EXPECT_TRUE(machine_.is_waiting());
  EXPECT_TRUE(machine_.output().empty());
  EXPECT_EQ(machine_.wanted_bytes(), 0u);
  EXPECT_TRUE(machine_.pump().has_value());
  EXPECT_TRUE(machine_.is_waiting()) << "still busy";
  device_.busy.clear();
  device_.noisy.insert(1);
  EXPECT_TRUE(machine_.pump().has_value());
  EXPECT_TRUE(machine_.is_waiting()) << "its kick descriptor is still being read";
  device_.noisy.clear();
  EXPECT_TRUE(machine_.pump().has_value());
  const auto reply = answer();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->number(), 1ull | 4711ull << 32);
  EXPECT_FALSE(device_.running.contains(1));
  EXPECT_FALSE(machine_.record().rings[1].kick);
  EXPECT_EQ(machine_.record().rings[1].base, 4711u);
}

TEST_F(MachineTest, DisablingDrainsAndTheRingContinuesWhereItStopped) {
  negotiate();
  give_memory();
  run_ring(0);
  device_.base[0] = 99;
  device_.busy.insert(0);
  EXPECT_TRUE(send(FakeFrontend::set_vring_enable(0, false)));
  EXPECT_TRUE(machine_.is_waiting());
  device_.busy.clear();
  EXPECT_TRUE(machine_.pump().has_value());
  EXPECT_FALSE(device_.running.contains(0));
  EXPECT_EQ(machine_.record().rings[0].base, 99u);
  EXPECT_TRUE(send(FakeFrontend::set_vring_enable(0, true)));
  EXPECT_TRUE(device_.running.contains(0));
}

TEST_F(MachineTest, ARunningRingCannotBeMoved) {
  negotiate();
  give_memory();
  run_ring(0);
  EXPECT_TRUE(send(FakeFrontend::set_vring_addr(0, addresses(driver_)))) << "the same addresses, as for a log flag";
  FakeRingAddresses other = addresses(driver_);
  other.used = UserAddr{static_cast<uint64_t>(other.used) + 4096};
  EXPECT_FALSE(send(FakeFrontend::set_vring_addr(0, other)));
}

TEST_F(MachineTest, RingAddressesOutsideMemoryAreRefused) {
  negotiate();
  give_memory();
  EXPECT_TRUE(send(FakeFrontend::set_vring_num(0, 256)));
  FakeRingAddresses bad = addresses(driver_);
  bad.available = UserAddr{0x1000};
  EXPECT_EQ(ask(FakeFrontend::set_vring_addr(0, bad, FakeFrontend::kNeedReply)), 1u);
  bad = addresses(driver_);
  bad.descriptors = UserAddr{static_cast<uint64_t>(bad.descriptors) + 8};
  EXPECT_EQ(ask(FakeFrontend::set_vring_addr(0, bad, FakeFrontend::kNeedReply)), 1u) << "misaligned";
  EXPECT_EQ(device_.stops, 0u);
  EXPECT_TRUE(send(FakeFrontend::set_vring_addr(0, bad)));
  EXPECT_EQ(device_.stops, 1u);
}

TEST_F(MachineTest, RingSizesArePowersOfTwoUpTo1024) {
  negotiate();
  for (const uint32_t size : {0u, 3u, 2048u, 65536u, UINT32_MAX}) {
    const VringStateWire wire{0, size};
    EXPECT_EQ(ask(FakeFrontend::message(8, bytes_of(wire), FakeFrontend::kNeedReply)), 1u) << size;
  }
  for (uint32_t size = 1; size <= 1024; size *= 2) {
    EXPECT_TRUE(send(FakeFrontend::set_vring_num(0, size)));
    EXPECT_EQ(machine_.record().rings[0].size, size);
  }
}

TEST_F(MachineTest, MemoryIsRemovedOnlyWhenNoRequestUsesIt) {
  negotiate();
  give_memory();
  run_ring(0);
  device_.busy.insert(0);
  EXPECT_TRUE(send(FakeFrontend::rem_mem_reg(guest_.region(1), event(), FakeFrontend::kNeedReply)));
  EXPECT_TRUE(machine_.is_waiting());
  EXPECT_EQ(machine_.memory().region_count(), 2u);
  device_.busy.clear();
  EXPECT_TRUE(machine_.pump().has_value());
  EXPECT_EQ(machine_.memory().region_count(), 1u);
  EXPECT_EQ(answer()->number(), 0u);
  EXPECT_EQ(device_.closed, 1u) << "the descriptor that libblkio sends along";
  EXPECT_TRUE(device_.held.empty());
  EXPECT_EQ(device_.memory_changes, 3u) << "two regions added, one removed";
  EXPECT_EQ(ask(FakeFrontend::rem_mem_reg(guest_.region(1), {}, FakeFrontend::kNeedReply)), 1u) << "it is gone";
}

TEST_F(MachineTest, AMemoryTableReplacesTheOldOneWhenRingsAreIdle) {
  negotiate();
  give_memory();
  device_.busy.insert(2);
  std::vector<UniqueFd> fds;
  fds.push_back(guest_.duplicate_fd(0));
  EXPECT_TRUE(send(FakeFrontend::set_mem_table({guest_.region(0)}, std::move(fds), FakeFrontend::kNeedReply)));
  EXPECT_TRUE(machine_.is_waiting());
  device_.busy.clear();
  EXPECT_TRUE(machine_.pump().has_value());
  EXPECT_EQ(answer()->number(), 0u);
  EXPECT_EQ(machine_.memory().region_count(), 1u);
}

TEST_F(MachineTest, MemoryTablesThatLieAboutTheirLengthEndTheConnection) {
  negotiate();
  std::vector<UniqueFd> none;
  EXPECT_FALSE(send(FakeFrontend::set_mem_table({guest_.region(0)}, std::move(none))));
  VhostUserMachine machine(device_, 4, true);
  const MemoryTableWire wire{33, 0};
  const FakeMessage message = FakeFrontend::message(5, bytes_of(wire));
  ASSERT_TRUE(machine.received(ByteView(message.bytes).first(12), {}).has_value());
  EXPECT_FALSE(machine.received(ByteView(message.bytes).subspan(12), {}).has_value());
}

TEST_F(MachineTest, FiveHundredAndNineRegionsFitAndTheNextIsRefused) {
  negotiate();
  // Of one file, since a user may have no more than 1,024 descriptors, and the device keeps one a region.
  FakeGuest large({510 * 4096});
  const auto piece = [](uint64_t index) {
    const GuestAddr start{index * 4096};
    return GuestRegion{start, 4096, FakeGuest::user(start), index * 4096};
  };
  for (uint64_t i = 0; i < 509; ++i) {
    ASSERT_EQ(ask(FakeFrontend::add_mem_reg(piece(i), large.duplicate_fd(0), FakeFrontend::kNeedReply)), 0u);
  }
  EXPECT_EQ(ask(FakeFrontend::add_mem_reg(piece(509), large.duplicate_fd(0), FakeFrontend::kNeedReply)), 1u);
}

TEST_F(MachineTest, ConfigurationSpaceIsReadWithinItsBounds) {
  EXPECT_TRUE(send(FakeFrontend::get_config(20, 8)));
  auto reply = answer();
  ASSERT_EQ(reply->payload().size(), 12u + 8u);
  EXPECT_EQ(reply->payload()[12], 20);
  EXPECT_TRUE(send(FakeFrontend::get_config(90, 20)));
  reply = answer();
  EXPECT_EQ(reply->payload()[12 + 5], 95);
  EXPECT_EQ(reply->payload()[12 + 6], 0) << "beyond the device's fields";
  for (const auto& [offset, size] : {std::pair{250u, 7u}, std::pair{UINT32_MAX, 2u}, std::pair{0u, 257u}}) {
    EXPECT_TRUE(send(FakeFrontend::get_config(offset, size)));
    EXPECT_TRUE(answer()->payload().empty()) << "the answer of a failure";
  }
  const uint8_t off[] = {0};
  EXPECT_TRUE(send(FakeFrontend::set_config(32, off)));
  EXPECT_EQ(device_.written_config, 0);
  negotiate();
  EXPECT_EQ(ask(FakeFrontend::set_config(256, off, FakeFrontend::kNeedReply)), 1u);
}

TEST_F(MachineTest, TheInflightRegionGoesOutAndComesBack) {
  negotiate();
  EXPECT_TRUE(send(FakeFrontend::get_inflight_fd(4, 256)));
  auto reply = answer();
  ASSERT_TRUE(reply.has_value());
  ASSERT_EQ(reply->descriptors.size(), 1u);
  InflightWire wire;
  ASSERT_TRUE(copy_out(reply->payload(), 0, wire));
  EXPECT_TRUE(send(FakeFrontend::set_inflight_fd(wire.mmap_size_bytes, wire.mmap_offset_bytes, 4, 256,
                                                 std::move(reply->descriptors[0]))));
  EXPECT_TRUE(machine_.record().inflight.is_from_front_end);
  EXPECT_TRUE(machine_.find_inflight_record(3).has_value());
  machine_.record().rings[0].size = 1024;
  EXPECT_TRUE(machine_.find_inflight_record(0).has_value()) << "a ring larger than the front-end asked a region for";
}

TEST_F(MachineTest, AnInflightRegionMadeElsewhereHoldsNoLargerRings) {
  negotiate();
  const uint64_t bytes = InflightRegion::bytes_for(4, 256);
  auto fd = InflightRegion::create_file(bytes);
  ASSERT_TRUE(fd.has_value());
  EXPECT_TRUE(send(FakeFrontend::set_inflight_fd(bytes, 0, 4, 256, std::move(*fd))));
  EXPECT_TRUE(machine_.find_inflight_record(3).has_value());
  machine_.record().rings[0].size = 512;
  EXPECT_FALSE(machine_.find_inflight_record(0).has_value()) << "a ring that the region has no room for";
}

TEST_F(MachineTest, BadInflightRegionsAreRefused) {
  negotiate();
  EXPECT_FALSE(send(FakeFrontend::get_inflight_fd(5, 256)));
  VhostUserMachine machine(device_, 4, true);
  auto small = InflightRegion::create_file(4096);
  ASSERT_TRUE(small.has_value());
  FakeMessage message = FakeFrontend::set_inflight_fd(1 << 20, 0, 4, 1024, std::move(*small));
  ASSERT_TRUE(machine.received(ByteView(message.bytes).first(12), std::move(message.descriptors)).has_value());
  ASSERT_TRUE(machine.received(ByteView(message.bytes).subspan(12), {}).has_value());
  EXPECT_EQ(device_.stops, 1u);
}

TEST_F(MachineTest, WithoutAFrontEndsRegionTheEngineKeepsItsOwn) {
  machine_.record().rings[2].size = 1024;
  EXPECT_TRUE(machine_.find_inflight_record(2).has_value());
  EXPECT_FALSE(machine_.record().inflight.is_from_front_end);
  EXPECT_TRUE(machine_.record().inflight.fd);
}

TEST_F(MachineTest, StatusZeroKeepsTheRingIndices) {
  negotiate();
  give_memory();
  run_ring(0);
  device_.base[0] = 321;
  EXPECT_TRUE(send(FakeFrontend::number(39, 15)));
  EXPECT_EQ(ask(FakeFrontend::message(40)), 15u);
  EXPECT_TRUE(send(FakeFrontend::number(39, 0)));
  EXPECT_TRUE(device_.running.contains(0));
  EXPECT_EQ(ask(FakeFrontend::get_vring_base(0)) >> 32, 321u);
}

TEST_F(MachineTest, ResetKeepsMemoryAndForgetsRings) {
  negotiate();
  give_memory();
  run_ring(0);
  machine_.record().is_writeback = false;
  device_.busy.insert(0);
  EXPECT_TRUE(send(FakeFrontend::message(34)));
  EXPECT_TRUE(machine_.is_waiting());
  device_.busy.clear();
  EXPECT_TRUE(machine_.pump().has_value());
  EXPECT_EQ(device_.resets, 1u);
  EXPECT_TRUE(device_.running.empty());
  EXPECT_EQ(machine_.memory().region_count(), 2u);
  EXPECT_EQ(machine_.record().rings[0].size, 0u);
  EXPECT_TRUE(machine_.record().is_writeback);
}

TEST_F(MachineTest, EveryFrontEndsSequenceIsUnderstood) {
  for (const FrontendKind kind : kAllFrontendKinds) {
    SCOPED_TRACE(frontend_name(kind));
    FakeDevice device;
    VhostUserMachine machine(device, 4, true);
    FakeGuest guest({1 << 20, 1 << 20});
    FakeDriver first(guest, {256, true, 0});
    FakeDriver second(guest, {128, true, 0});
    const UniqueFd fd = event();
    const ScriptGuest script{guest, {{&first, fd.get(), fd.get()}, {&second, fd.get(), fd.get()}}, device.offered};
    const auto play = [&](std::vector<FakeMessage> messages) {
      for (FakeMessage& message : messages) {
        ASSERT_TRUE(machine.received(ByteView(message.bytes).first(12), std::move(message.descriptors)));
        const ByteView payload = ByteView(message.bytes).subspan(12);
        ASSERT_TRUE(payload.empty() || machine.received(payload, {}));
        ASSERT_FALSE(machine.is_waiting());
        ASSERT_TRUE((message.flags() & kMessageNeedReply) == 0 || !machine.output().empty());
        machine.sent(machine.output().size());
      }
    };
    for (int round = 0; round < 2; ++round) {
      play(connect_script(kind, script));
      play(start_script(kind, script));
      EXPECT_EQ(device.running.size(), 2u);
      EXPECT_TRUE(device.refusals.empty());
      play(stop_script(kind, script));
      EXPECT_TRUE(device.running.empty());
      // The next round is a new device to front-ends that add regions one by one.
      if (kind != FrontendKind::libblkio && machine.memory().region_count() > 0) break;
    }
  }
}

}  // namespace
}  // namespace laneway
