// Whole functions with real front-ends' message sequences, legal but odd guests, and the life of a connection.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

std::vector<uint8_t> pattern(size_t bytes, uint8_t seed) {
  std::vector<uint8_t> out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(i * 7 + seed);
  return out;
}

class VhostBlkTest : public ::testing::Test {
 protected:
  std::unique_ptr<BenchGuest> guest_of(BenchFunction& function, BenchGuest::Options options = {}) {
    return std::make_unique<BenchGuest>(bench_, function.path(), options);
  }
  // One request, from its id to its status.
  uint8_t status_of(BenchGuest& guest, std::optional<uint32_t> id, uint32_t ring = 0) {
    EXPECT_TRUE(id.has_value());
    const auto finished = guest.finish(1, ring);
    EXPECT_EQ(finished.size(), 1u);
    return finished.empty() ? uint8_t{0xff} : finished[0].status;
  }
  bool has_detached(BenchFunction& function) {
    return bench_.turn_until([&] { return function.service().device() == nullptr; });
  }

  BenchReactor bench_;
  FakeDisk disk_;
};

TEST_F(VhostBlkTest, EveryFrontEndAttachesDoesIoStopsAndComesBack) {
  VhostBlkOptions options;
  options.serial = "lane-42";
  BenchFunction function(bench_, disk_, options);
  for (const FrontendKind kind : kAllFrontendKinds) {
    SCOPED_TRACE(frontend_name(kind));
    for (const bool has_event_index : {true, false}) {
      auto guest = guest_of(function, {.kind = kind,
                                       .rings = 2,
                                       .has_event_index = has_event_index,
                                       .calls_by_pipe = kind == FrontendKind::user_mode_linux});
      for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(round == 0 || kind == FrontendKind::libblkio ? guest->attach()
                                                                 : guest->play(start_script(kind, guest->script())));
        for (uint32_t ring = 0; ring < 2; ++ring) {
          const auto data = pattern(8192, static_cast<uint8_t>(ring + static_cast<uint32_t>(round)));
          EXPECT_EQ(status_of(*guest, guest->disk(ring).write(16 * ring, data), ring), 0);
          ASSERT_TRUE(guest->disk(ring).read(16 * ring, 8192).has_value());
          const auto read = guest->finish(1, ring);
          ASSERT_EQ(read.size(), 1u);
          EXPECT_EQ(read[0].status, 0);
          EXPECT_EQ(read[0].used_length, 8193u);
          EXPECT_TRUE(std::equal(data.begin(), data.end(), read[0].data.begin()));
          EXPECT_EQ(status_of(*guest, guest->disk(ring).flush(), ring), 0);
          // A kernel may hand a write to a pipe to a worker thread: the call comes, but not at once.
          EXPECT_TRUE(bench_.turn_until([&] { return guest->calls(ring) > 0; }));
        }
        ASSERT_TRUE(guest->disk().get_id().has_value());
        EXPECT_EQ(text_of(guest->finish(1)[0].data).substr(0, 8), std::string_view("lane-42\0", 8));
        ASSERT_TRUE(guest->stop());
        // Memory that was added region by region stays; the second start must not add it again.
        if (kind == FrontendKind::qemu_7_2 || kind == FrontendKind::qemu_10) break;
      }
      guest->socket().close();
      ASSERT_TRUE(has_detached(function));
    }
  }
  EXPECT_EQ(function.function().stats().protocol_errors, 0u);
  EXPECT_EQ(function.function().stats().ring_errors, 0u);
  EXPECT_EQ(function.function().stats().errors, 0u);
}

TEST_F(VhostBlkTest, EveryQueueSizeWorks) {
  BenchFunction function(bench_, disk_);
  for (uint32_t size = 1; size <= 1024; size *= 2) {
    SCOPED_TRACE(size);
    // The smallest rings have room for indirect chains only.
    auto guest = guest_of(function, {.ring_size = static_cast<uint16_t>(size),
                                     .requests = {.requests = 16, .data_bytes_max = 4096, .is_indirect = size < 4}});
    ASSERT_TRUE(guest->attach());
    for (int round = 0; round < 40; ++round) {
      const auto data = pattern(4096, static_cast<uint8_t>(round));
      ASSERT_EQ(status_of(*guest, guest->disk().write(8, data)), 0);
    }
    guest->socket().close();
    ASSERT_TRUE(has_detached(function));
  }
}

TEST_F(VhostBlkTest, AnyPartMaySpreadOverDescriptorsOfOneByte) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function, {.ring_size = 1024});
  ASSERT_TRUE(guest->attach());
  for (const bool is_indirect : {false, true}) {
    for (const bool is_write : {true, false}) {
      // Every byte two bytes apart: nothing merges.
      FakeGuest& memory = guest->memory();
      const uint32_t total = 16 + 512 + 1;
      const GuestAddr start = memory.allocate(total * 2);
      std::vector<FakeBuffer> buffers;
      for (uint32_t i = 0; i < total; ++i) {
        buffers.push_back({start + i * 2, 1, i == total - 1 || (!is_write && i >= 16)});
      }
      const BlkHeaderWire header{is_write ? 1u : 0u, 0, 3};
      const ByteSpan bytes = memory.bytes(start, total * 2);
      for (uint32_t i = 0; i < 16; ++i) bytes[i * 2] = bytes_of(header)[i];
      for (uint32_t i = 16; i < 528; ++i) bytes[i * 2] = is_write ? static_cast<uint8_t>(i) : uint8_t{0};
      bytes[528 * 2] = 0xff;
      ASSERT_TRUE(guest->driver().add(buffers, is_indirect).has_value());
      guest->publish();
      ASSERT_TRUE(bench_.turn_until([&] { return guest->driver().take_used().has_value(); }));
      EXPECT_EQ(bytes[528 * 2], 0);
      EXPECT_EQ(disk_.seen.back().segments, 512u);
      for (uint32_t i = 16; i < 528; ++i) ASSERT_EQ(bytes[i * 2], static_cast<uint8_t>(i));
    }
  }
}

TEST_F(VhostBlkTest, AReadOnlyFunctionRefusesEveryKindOfWrite) {
  BenchFunction function(bench_, disk_, {.is_read_only = true});
  auto guest = guest_of(function, {.features = virtio_feature::kVersion1 | blk_feature::kReadOnly});
  const auto features = guest->ask(FakeFrontend::get_features());
  EXPECT_NE(features->number() & blk_feature::kReadOnly, 0u);
  EXPECT_EQ(features->number() & (blk_feature::kDiscard | blk_feature::kWriteZeroes), 0u);
  ASSERT_TRUE(guest->attach());
  EXPECT_EQ(status_of(*guest, guest->disk().write(0, pattern(512, 1))), 1);
  EXPECT_NE(status_of(*guest, guest->disk().discard(0, 8)), 0);
  EXPECT_NE(status_of(*guest, guest->disk().write_zeroes(0, 8, false)), 0);
  EXPECT_EQ(status_of(*guest, guest->disk().read(0, 512)), 0);
  EXPECT_EQ(disk_.seen.size(), 1u) << "only the read reached the disk";
  EXPECT_EQ(function.function().stats().refused, 3u);
}

TEST_F(VhostBlkTest, ErrorsOfTheDiskReachTheGuestAndTheStatistics) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.result = Status::timed_out;
  EXPECT_EQ(status_of(*guest, guest->disk().read(0, 4096)), 1);
  disk_.result = Status::unsupported;
  EXPECT_EQ(status_of(*guest, guest->disk().discard(0, 8)), 2);
  disk_.result = Status::ok;
  EXPECT_EQ(status_of(*guest, guest->disk().request(77, 0, {}, 512)), 2);
  const auto stats = function.function().stats();
  EXPECT_EQ(stats.errors, 3u);
  EXPECT_EQ(stats.timeouts, 1u);
  EXPECT_EQ(stats.refused, 1u);
  EXPECT_EQ(stats.reads, 1u);
  EXPECT_EQ(stats.read_bytes, 4096u);
  EXPECT_EQ(stats.read_latency.count, 1u);
  EXPECT_EQ(stats.in_flight, 0u);
}

TEST_F(VhostBlkTest, WritethroughComesFromTheOptionsAndFromTheGuest) {
  BenchFunction function(bench_, disk_, {.cache = CacheMode::writethrough});
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  const auto write = [&] {
    EXPECT_EQ(status_of(*guest, guest->disk().write(0, pattern(512, 1))), 0);
    return disk_.seen.back().is_fua;
  };
  EXPECT_TRUE(write());
  const uint8_t on[] = {1};
  guest->socket().send(FakeFrontend::set_config(32, on));
  ASSERT_TRUE(guest->ask(FakeFrontend::get_features()).has_value());
  EXPECT_FALSE(write());
  EXPECT_EQ(guest->ask(FakeFrontend::get_config(32, 1))->payload()[12], 1);
}

TEST_F(VhostBlkTest, AGuestThatCannotFlushGetsWritethrough) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function, {.features = virtio_feature::kVersion1});
  ASSERT_TRUE(guest->attach());
  EXPECT_EQ(status_of(*guest, guest->disk().write(0, pattern(512, 1))), 0);
  EXPECT_TRUE(disk_.seen.back().is_fua);
}

TEST_F(VhostBlkTest, TheConfigurationSpaceDescribesTheDisk) {
  disk_.facts.block_bytes = 4096;
  disk_.facts.physical_block_bytes = 16384;
  disk_.facts.optimal_io_bytes = 65536;
  BenchFunction function(bench_, disk_, {.queues = 16});
  auto guest = guest_of(function);
  BlkConfigWire config;
  const auto answer = guest->ask(FakeFrontend::get_config(0, 96));
  ASSERT_TRUE(copy_out(answer->payload(), 12, config));
  EXPECT_EQ(config.capacity_sectors, 2048u);
  EXPECT_EQ(config.seg_max, 126u);
  EXPECT_EQ(config.blk_size, 4096u);
  EXPECT_EQ(config.physical_block_exponent, 2);
  EXPECT_EQ(config.min_io_blocks, 4);
  EXPECT_EQ(config.optimal_io_blocks, 16u);
  EXPECT_EQ(config.queues, 16);
  EXPECT_EQ(config.writeback, 1);
  EXPECT_EQ(config.max_discard_sectors, 1024u);
  EXPECT_EQ(config.max_discard_segments, 1u);
  EXPECT_EQ(config.discard_sector_alignment, 8u);
  EXPECT_EQ(config.max_write_zeroes_sectors, 1024u);
  EXPECT_EQ(config.write_zeroes_may_unmap, 1);
}

TEST_F(VhostBlkTest, AResizeReachesTheFrontEnd) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  FakeSocket channel{UniqueFd(ends[0])};
  guest->socket().send(FakeFrontend::set_backend_req_fd(UniqueFd(ends[1])));
  ASSERT_TRUE(guest->ask(FakeFrontend::get_features()).has_value());
  EXPECT_EQ(status_of(*guest, guest->disk().read(2048, 512)), 1) << "beyond the end";
  disk_.change_capacity(2 << 20);
  std::optional<FakeMessage> message;
  ASSERT_TRUE(bench_.turn_until([&] { return (message = channel.receive()).has_value(); }));
  EXPECT_EQ(message->request(), 2u);
  EXPECT_EQ(message->flags(), 1u) << "no answer asked for: user-mode Linux has a pipe here";
  EXPECT_EQ(load_le<uint64_t>(guest->ask(FakeFrontend::get_config(0, 8))->payload(), 12), 4096u);
  EXPECT_EQ(status_of(*guest, guest->disk().read(2048, 512)), 0);
}

TEST_F(VhostBlkTest, StoppingARingDrainsItFirst) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  ASSERT_TRUE(guest->disk().write(0, pattern(512, 5)).has_value());
  guest->publish();
  ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == 1; }));
  guest->socket().send(FakeFrontend::get_vring_base(0));
  bench_.turn(200);
  EXPECT_FALSE(guest->socket().receive().has_value());
  // What the guest adds now is not taken any more.
  ASSERT_TRUE(guest->disk().write(8, pattern(512, 6)).has_value());
  guest->publish();
  bench_.turn(200);
  EXPECT_EQ(disk_.waiting, 1u);
  disk_.is_stalled = false;
  std::optional<FakeMessage> answer;
  ASSERT_TRUE(bench_.turn_until([&] { return (answer = guest->socket().receive()).has_value(); }));
  EXPECT_EQ(answer->number() >> 32, 1u);
  EXPECT_EQ(guest->finish(1).size(), 1u);
}

TEST_F(VhostBlkTest, AFrontEndThatDiesWhileARingDrainsIsNoticed) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  ASSERT_TRUE(guest->disk().write(0, pattern(512, 5)).has_value());
  guest->publish();
  ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == 1; }));
  guest->socket().send(FakeFrontend::get_vring_base(0));
  bench_.turn(100);
  guest->socket().close();
  EXPECT_TRUE(has_detached(function));
}

TEST_F(VhostBlkTest, MemoryThatRequestsUseIsNotUnmapped) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  ASSERT_TRUE(guest->disk().read(0, 512).has_value());
  guest->publish();
  ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == 1; }));
  guest->socket().send(FakeFrontend::rem_mem_reg(guest->memory().region(1), {}, FakeFrontend::kNeedReply));
  bench_.turn(200);
  EXPECT_EQ(function.service().connection().memory_regions, 2u);
  disk_.is_stalled = false;
  std::optional<FakeMessage> answer;
  ASSERT_TRUE(bench_.turn_until([&] { return (answer = guest->socket().receive()).has_value(); }));
  EXPECT_EQ(answer->number(), 0u);
  EXPECT_EQ(function.service().connection().memory_regions, 1u);
  EXPECT_EQ(guest->finish(1).size(), 1u);
  EXPECT_EQ(status_of(*guest, guest->disk().read(0, 512)), 0) << "the ring goes on";
}

TEST_F(VhostBlkTest, UnfinishedRequestsSurviveADisconnectInTheFrontEndsRegion) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  EXPECT_EQ(status_of(*guest, guest->disk().write(0, pattern(512, 1))), 0);
  disk_.is_stalled = true;
  for (uint32_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(guest->disk().write(8 * i, pattern(512, static_cast<uint8_t>(i))).has_value());
  }
  guest->publish();
  ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == 5; }));
  guest->socket().close();
  ASSERT_TRUE(has_detached(function));
  EXPECT_EQ(disk_.open_queues, 0u);
  EXPECT_FALSE(guest->driver().take_used().has_value()) << "an aborted request is no error to the guest";
  disk_.is_stalled = false;
  disk_.seen.clear();
  guest->reconnect(function.path());
  ASSERT_TRUE(guest->attach());
  const auto finished = guest->finish(5);
  ASSERT_EQ(finished.size(), 5u);
  for (const auto& each : finished) EXPECT_EQ(each.status, 0);
  for (uint32_t i = 0; i < 5; ++i) EXPECT_EQ(disk_.seen[i].offset_bytes, 4096u * i) << "in their old order";
  EXPECT_EQ(status_of(*guest, guest->disk().read(0, 512)), 0);
}

TEST_F(VhostBlkTest, ADisconnectWaitsForWhatCannotBeStopped) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = disk_.ignores_drain = true;
  ASSERT_TRUE(guest->disk().write(0, pattern(512, 1)).has_value());
  guest->publish();
  ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == 1; }));
  guest->socket().close();
  ASSERT_TRUE(bench_.turn_until([&] { return !function.function().is_attached(); }));
  // The next front-end waits until the old requests are known to be over.
  guest->reconnect(function.path());
  guest->socket().send(FakeFrontend::get_features());
  bench_.turn(200);
  EXPECT_FALSE(guest->socket().receive().has_value());
  disk_.is_stalled = false;
  std::optional<FakeMessage> answer;
  ASSERT_TRUE(bench_.turn_until([&] { return (answer = guest->socket().receive()).has_value(); }));
  EXPECT_EQ(guest->finish(1).size(), 1u) << "it finished, and the guest sees it";
}

TEST_F(VhostBlkTest, ADisconnectNoticesADrainThatEndsWithoutAnyRequest) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_busy_leaving = true;
  guest->socket().close();
  ASSERT_TRUE(bench_.turn_until([&] { return !function.function().is_attached(); }));
  bench_.turn(50);
  EXPECT_EQ(disk_.open_queues, 1u);
  disk_.is_busy_leaving = false;
  EXPECT_TRUE(bench_.turn_until([&] { return disk_.open_queues == 0; }));
}

TEST_F(VhostBlkTest, ASecondFrontEndIsTurnedAwayAfterAMoment) {
  BenchFunction function(bench_, disk_);
  auto first = guest_of(function);
  ASSERT_TRUE(first->attach());
  FakeSocket second = FakeSocket::connect(function.path());
  ASSERT_TRUE(bench_.turn_until([&] {
    (void)second.receive();
    return second.is_at_end();
  }));
  EXPECT_EQ(function.function().stats().refused_connections, 1u);
  EXPECT_EQ(status_of(*first, first->disk().read(0, 512)), 0);
}

TEST_F(VhostBlkTest, ASuccessorThatConnectsEarlyIsNotTurnedAway) {
  BenchFunction function(bench_, disk_);
  auto first = guest_of(function);
  ASSERT_TRUE(first->attach());
  auto second = guest_of(function);
  bench_.turn(50);
  first->socket().close();
  ASSERT_TRUE(second->attach());
  EXPECT_EQ(status_of(*second, second->disk().read(0, 512)), 0);
  EXPECT_EQ(function.function().stats().refused_connections, 0u);
}

TEST_F(VhostBlkTest, CallsNeverBlockOnAPipeThatNobodyReads) {
  BenchFunction function(bench_, disk_);
  auto guest =
      guest_of(function, {.kind = FrontendKind::user_mode_linux, .has_event_index = false, .calls_by_pipe = true});
  ASSERT_TRUE(guest->attach());
  // More interrupts than a pipe holds.
  for (int i = 0; i < 9000; ++i) ASSERT_EQ(status_of(*guest, guest->disk().read(0, 512)), 0);
  EXPECT_GT(guest->calls(), 0u);
  guest->socket().close();
  EXPECT_TRUE(has_detached(function));
}

TEST_F(VhostBlkTest, NoCallIsLostWhenItsDescriptorIsReplaced) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function, {.has_event_index = false});
  ASSERT_TRUE(guest->attach());
  bench_.turn(10);
  for (int i = 0; i < 50; ++i) {
    guest->calls();
    ASSERT_TRUE(guest->disk().read(0, 512).has_value());
    guest->publish();
    // The front-end masks the interrupt and unmasks it, while the request finishes in between.
    UniqueFd elsewhere(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    guest->socket().send(FakeFrontend::set_vring_call(0, std::move(elsewhere)));
    guest->socket().send(FakeFrontend::set_vring_call(0, UniqueFd(::dup(guest->script().rings[0].call))));
    ASSERT_TRUE(bench_.turn_until([&] { return guest->disk().take_finished().has_value(); }));
    ASSERT_TRUE(bench_.turn_until([&] { return guest->calls() > 0; }));
  }
}

TEST_F(VhostBlkTest, OneCallATurnHoweverManyRequestsFinish) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function, {.has_event_index = false});
  ASSERT_TRUE(guest->attach());
  bench_.turn(10);
  guest->calls();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(guest->disk().read(0, 512).has_value());
  EXPECT_EQ(guest->finish(40).size(), 40u);
  bench_.turn(10);
  EXPECT_EQ(guest->calls(), 1u);
}

TEST_F(VhostBlkTest, ADiskThatCannotBeOpenedStopsTheDeviceAndEachResetTriesAgain) {
  disk_.can_open = false;
  BenchFunction function(bench_, disk_);
  constexpr FrontendKind kKind = FrontendKind::cloud_hypervisor;
  auto guest = guest_of(function, {.kind = kKind});
  const auto start = [&] { return guest->play(start_script(kKind, guest->script())); };
  ASSERT_TRUE(guest->attach());
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSERT_TRUE(bench_.turn_until([&] { return function.service().connection().is_broken; }));
    EXPECT_FALSE(function.service().connection().broken_reason.empty());
    ASSERT_TRUE(guest->stop());
    ASSERT_TRUE(start());
  }
  disk_.can_open = true;
  // The reset that follows the last stop finds the disk.
  ASSERT_TRUE(guest->stop());
  ASSERT_TRUE(start());
  ASSERT_TRUE(guest->disk().read(0, 512).has_value());
  EXPECT_EQ(guest->finish(1).size(), 1u);
  EXPECT_FALSE(function.service().connection().is_broken);
}

TEST_F(VhostBlkTest, AClosedFunctionLeavesUnfinishedRequestsToItsSuccessor) {
  auto function = std::make_unique<BenchFunction>(bench_, disk_);
  auto guest = guest_of(*function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  ASSERT_TRUE(guest->disk().write(0, pattern(512, 9)).has_value());
  guest->publish();
  ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == 1; }));
  function.reset();
  EXPECT_FALSE(guest->driver().take_used().has_value());
  disk_.is_stalled = false;
  BenchFunction successor(bench_, disk_);
  guest->reconnect(successor.path());
  ASSERT_TRUE(guest->attach());
  const auto finished = guest->finish(1);
  ASSERT_EQ(finished.size(), 1u);
  EXPECT_EQ(finished[0].status, 0);
}

TEST_F(VhostBlkTest, AKickWakesASleepingReactor) {
  BenchFunction function(bench_, disk_);
  for (const bool has_event_index : {true, false}) {
    auto guest = guest_of(function, {.has_event_index = has_event_index});
    ASSERT_TRUE(guest->attach());
    const ScriptGuest script = guest->script();
    const uint64_t sleeps_before = bench_.reactor().counters().sleeps;
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(guest->disk().read(0, 512).has_value());
      // A guest on another processor, after the reactor went to sleep or before.
      std::thread processor([&] { guest->publish(); });
      while (!guest->disk().take_finished()) {
        if (!bench_.reactor().turn()) bench_.reactor().sleep_until_work();
      }
      processor.join();
      pollfd call{script.rings[0].call, POLLIN, 0};
      bench_.turn(2);
      EXPECT_EQ(::poll(&call, 1, 5000), 1);
      guest->calls();
    }
    EXPECT_GT(bench_.reactor().counters().sleeps, sleeps_before);
    guest->socket().close();
    ASSERT_TRUE(has_detached(function));
  }
}

// Publishes what the guest has added at the last moment before a sleep, and calls that off.
struct LastMoment final : Poller {
  explicit LastMoment(FakeDriver& of) : driver(of) {}
  uint32_t poll(uint64_t) override { return 0; }
  bool arm_wake_up() override {
    is_kick_wanted = driver.publish();
    return false;
  }
  FakeDriver& driver;
  bool is_kick_wanted = false;
};

TEST_F(VhostBlkTest, WhileAnswersGatherTheGuestNeedNotKick) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  LastMoment moment(guest->driver());
  for (const Patience patience : {Patience::none, Patience::bulk, Patience::timed}) {
    disk_.patience = patience;
    const uint32_t waiting = disk_.waiting;
    ASSERT_TRUE(guest->disk().read(0, 512).has_value());
    guest->publish();
    ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == waiting + 1; }));
    ASSERT_TRUE(guest->disk().read(0, 512).has_value());
    bench_.reactor().add(moment);  // behind the function, which is asked first
    bench_.reactor().sleep_until_work();
    bench_.reactor().remove(moment);
    EXPECT_EQ(moment.is_kick_wanted, patience != Patience::timed);
    ASSERT_TRUE(bench_.turn_until([&] { return disk_.waiting == waiting + 2; }));
  }
  disk_.is_stalled = false;
  EXPECT_EQ(guest->finish(6).size(), 6u);
}

// It is not looked at any more, so a kick has to tell: the answers may never come.
TEST_F(VhostBlkTest, ADozingFunctionIsKickedAlsoWhileAnswersGather) {
  BenchFunction function(bench_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.patience = Patience::timed;
  const uint64_t awake_until_ns = bench_.reactor().now_ns() + 3 * Reactor::kDozeAfterNs;
  ASSERT_TRUE(bench_.turn_until([&] { return bench_.reactor().now_ns() > awake_until_ns; }));
  ASSERT_TRUE(guest->disk().read(0, 512).has_value());
  EXPECT_TRUE(guest->driver().publish());
  guest->kick();
  EXPECT_EQ(guest->finish(1).size(), 1u);
}

}  // namespace
}  // namespace laneway
