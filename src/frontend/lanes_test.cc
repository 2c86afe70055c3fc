// A function whose rings are served by two reactors, and rings that move between them while a guest uses them.
#include <gtest/gtest.h>

#include <algorithm>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

std::vector<uint8_t> pattern(size_t bytes, uint64_t seed) {
  std::vector<uint8_t> out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(i * 7 + seed * 13);
  return out;
}

class LanesTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kRings = 4;

  LanesTest() { home_.add(away_); }

  FunctionPlace alternating() {
    return {home_.reactor(), {&home_.pool(), &away_.pool(), &home_.pool(), &away_.pool()}};
  }
  std::vector<RequestPool*> all_on(BenchReactor& bench) { return std::vector<RequestPool*>(kRings, &bench.pool()); }
  std::unique_ptr<BenchGuest> guest_of(BenchFunction& function, FrontendKind kind = FrontendKind::qemu_7_2) {
    return std::make_unique<BenchGuest>(home_, function.path(), BenchGuest::Options{.kind = kind, .rings = kRings});
  }
  bool is_settled(BenchFunction& function) {
    return home_.turn_until([&] { return function.service().is_settled(); });
  }
  bool has_detached(BenchFunction& function) {
    return home_.turn_until([&] { return function.service().device() == nullptr; });
  }
  uint8_t status_of(BenchGuest& guest, std::optional<uint32_t> id, uint32_t ring) {
    EXPECT_TRUE(id.has_value());
    const auto finished = guest.finish(1, ring);
    return finished.size() == 1 ? finished[0].status : uint8_t{0xff};
  }
  void expect_io(BenchGuest& guest, uint64_t seed = 1) {
    for (uint32_t ring = 0; ring < kRings; ++ring) {
      SCOPED_TRACE(ring);
      const auto data = pattern(4096, seed + ring);
      EXPECT_EQ(status_of(guest, guest.disk(ring).write(8 * ring, data), ring), 0);
      ASSERT_TRUE(guest.disk(ring).read(8 * ring, 4096).has_value());
      const auto read = guest.finish(1, ring);
      ASSERT_EQ(read.size(), 1u);
      EXPECT_TRUE(std::equal(data.begin(), data.end(), read[0].data.begin()));
    }
  }

  BenchReactor home_;
  BenchReactor away_;
  FakeDisk disk_;
};

TEST_F(LanesTest, EveryFrontEndUsesRingsOnTwoReactorsStopsAndComesBack) {
  BenchFunction function(home_, disk_, {}, alternating());
  for (const FrontendKind kind : kAllFrontendKinds) {
    SCOPED_TRACE(frontend_name(kind));
    auto guest = guest_of(function, kind);
    ASSERT_TRUE(guest->attach());
    expect_io(*guest);
    EXPECT_EQ(disk_.open_queues, 2u) << "one a reactor";
    for (uint32_t ring = 0; ring < kRings; ++ring) {
      EXPECT_TRUE(home_.turn_until([&] { return guest->calls(ring) > 0; })) << ring;
    }
    ASSERT_TRUE(guest->stop());
    guest->socket().close();
    ASSERT_TRUE(has_detached(function));
    EXPECT_EQ(disk_.open_queues, 0u);
  }
  const FunctionStatsSnapshot stats = function.function().stats();
  EXPECT_EQ(stats.writes, kRings * std::size(kAllFrontendKinds)) << "the sum of all lanes";
  EXPECT_EQ(stats.read_latency.count, stats.reads);
  EXPECT_EQ(stats.errors + stats.ring_errors + stats.protocol_errors + stats.in_flight, 0u);
}

TEST_F(LanesTest, MemoryIsNotUnmappedWhileAnotherReactorUsesIt) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  ASSERT_TRUE(guest->disk(1).write(0, pattern(4096, 3)).has_value());
  guest->publish(1);
  ASSERT_TRUE(home_.turn_until([&] { return disk_.waiting == 1; }));
  guest->socket().send(FakeFrontend::rem_mem_reg(guest->memory().region(1), {}, FakeFrontend::kNeedReply));
  home_.turn(200);
  EXPECT_EQ(function.service().connection().memory_regions, 2u);
  disk_.is_stalled = false;
  EXPECT_TRUE(home_.turn_until([&] { return guest->socket().receive().has_value(); }));
  EXPECT_EQ(function.service().connection().memory_regions, 1u);
  EXPECT_EQ(guest->finish(1, 1).size(), 1u);
  // And comes back while rings run.
  guest->socket().send(
      FakeFrontend::add_mem_reg(guest->memory().region(1), guest->memory().duplicate_fd(1), FakeFrontend::kNeedReply));
  EXPECT_TRUE(home_.turn_until([&] { return guest->socket().receive().has_value(); }));
  EXPECT_EQ(function.service().connection().memory_regions, 2u);
  expect_io(*guest);
}

TEST_F(LanesTest, DescriptorsOfARingOnAnotherReactorChangeWhileItsRequestsRun) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  ASSERT_TRUE(guest->disk(1).write(0, pattern(512, 3)).has_value());
  guest->publish(1);
  ASSERT_TRUE(home_.turn_until([&] { return disk_.waiting == 1; }));
  guest->calls(1);
  guest->want_errors();
  const ScriptGuest script = guest->script();
  for (int round = 0; round < 3; ++round) {
    guest->socket().send(FakeFrontend::set_vring_call(1, UniqueFd(::dup(script.rings[1].call))));
    guest->socket().send(FakeFrontend::set_vring_kick(1, UniqueFd(::dup(script.rings[1].kick))));
    ASSERT_TRUE(guest->ask(FakeFrontend::get_features()).has_value()) << "it waits for no request";
  }
  disk_.is_stalled = false;
  EXPECT_EQ(guest->finish(1, 1).size(), 1u);
  EXPECT_TRUE(home_.turn_until([&] { return guest->calls(1) > 0; }));
  expect_io(*guest);
}

// The ring may be anywhere on its way when the front-end's descriptors come.
TEST_F(LanesTest, DescriptorsChangeWhileTheirRingMoves) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  const ScriptGuest script = guest->script();
  BenchReactor* to = &home_;
  for (uint32_t turns = 0; turns < 16; ++turns) {
    SCOPED_TRACE(turns);
    guest->socket().send(FakeFrontend::set_vring_kick(1, UniqueFd(::dup(script.rings[1].kick))));
    guest->socket().send(FakeFrontend::set_vring_call(1, UniqueFd(::dup(script.rings[1].call))));
    home_.turn(turns);
    function.service().place_rings(all_on(*to));
    ASSERT_TRUE(guest->ask(FakeFrontend::get_features()).has_value());
    ASSERT_TRUE(is_settled(function));
    expect_io(*guest, turns);
    to = to == &home_ ? &away_ : &home_;
  }
}

TEST_F(LanesTest, ABrokenRingStopsTheRingsOfAllReactors) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  guest->want_errors();
  ASSERT_TRUE(guest->ask(FakeFrontend::get_features()).has_value());
  Vring& vring = guest->driver(3).vring();
  vring.store_available_entry(0, 60000);
  vring.store_available_index(1, std::memory_order_release);
  guest->kick(3);
  ASSERT_TRUE(home_.turn_until([&] { return function.service().connection().is_broken; }));
  for (uint32_t ring = 0; ring < kRings; ++ring) {
    EXPECT_TRUE(home_.turn_until([&] { return guest->errors(ring) > 0; })) << ring;
    ASSERT_TRUE(guest->disk(ring).read(0, 512).has_value());
    if (ring != 3) guest->publish(ring);
  }
  home_.turn(200);
  EXPECT_TRUE(disk_.seen.empty());
  EXPECT_EQ(function.function().stats().ring_errors, 1u);
  ASSERT_TRUE(guest->stop());
  EXPECT_FALSE(function.service().connection().is_broken);
  guest->socket().close();
  ASSERT_TRUE(has_detached(function));
  auto again = guest_of(function);
  ASSERT_TRUE(again->attach());
  expect_io(*again);
}

TEST_F(LanesTest, ANewCacheModeIsInForceOnAllReactorsWhenItIsAnswered) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  for (const uint8_t is_writeback : {uint8_t{0}, uint8_t{1}, uint8_t{0}}) {
    const uint8_t bytes[] = {is_writeback};
    ASSERT_TRUE(guest->play([&] {
      std::vector<FakeMessage> messages;
      messages.push_back(FakeFrontend::set_config(32, bytes));
      return messages;
    }()));
    for (uint32_t ring = 0; ring < kRings; ++ring) {
      ASSERT_EQ(status_of(*guest, guest->disk(ring).write(0, pattern(512, ring)), ring), 0);
      EXPECT_EQ(disk_.seen.back().is_fua, is_writeback == 0) << ring;
    }
  }
}

TEST_F(LanesTest, ANewCapacityReachesAllReactorsBeforeTheGuestHearsOfIt) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  disk_.change_capacity(2 << 20);
  ASSERT_TRUE(
      home_.turn_until([&] { return status_of(*guest, guest->disk(3).read((2 << 20) / 512 - 1, 512), 3) == 0; }));
  for (uint32_t ring = 0; ring < kRings; ++ring) {
    EXPECT_EQ(status_of(*guest, guest->disk(ring).read((2 << 20) / 512 - 1, 512), ring), 0);
  }
}

TEST_F(LanesTest, ADiskThatCannotBeOpenedOnAnotherReactorStopsTheDevice) {
  BenchFunction function(home_, disk_, {}, alternating());
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->play(connect_script(FrontendKind::qemu_7_2, guest->script())));
  disk_.can_open = false;
  (void)guest->attach();
  EXPECT_TRUE(home_.turn_until([&] { return function.service().connection().is_broken; }));
  disk_.can_open = true;
  guest->socket().close();
  ASSERT_TRUE(has_detached(function));
  auto again = guest_of(function);
  ASSERT_TRUE(again->attach());
  expect_io(*again);
}

TEST_F(LanesTest, AFrontEndThatGoesLeavesUnfinishedRequestsOfAllReactorsToTheNext) {
  auto function = std::make_unique<BenchFunction>(home_, disk_, VhostBlkOptions{}, alternating());
  auto guest = guest_of(*function);
  ASSERT_TRUE(guest->attach());
  disk_.is_stalled = true;
  for (uint32_t ring = 0; ring < kRings; ++ring) {
    ASSERT_TRUE(guest->disk(ring).write(8 * ring, pattern(512, ring)).has_value());
    guest->publish(ring);
  }
  ASSERT_TRUE(home_.turn_until([&] { return disk_.waiting == kRings; }));
  function.reset();
  disk_.is_stalled = false;
  EXPECT_EQ(disk_.open_queues, 0u);
  // Other reactors serve them now.
  BenchFunction successor(home_, disk_, {}, {home_.reactor(), {&away_.pool(), &home_.pool(), &away_.pool()}});
  guest->reconnect(successor.path());
  ASSERT_TRUE(guest->attach());
  for (uint32_t ring = 0; ring < kRings; ++ring) EXPECT_EQ(guest->finish(1, ring).size(), 1u) << ring;
  expect_io(*guest);
}

TEST_F(LanesTest, RingsMoveUnderLoadAndNothingIsLost) {
  BenchFunction function(home_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  const std::vector<RequestPool*> places[] = {all_on(away_), alternating().rings, all_on(home_), all_on(away_)};
  uint64_t seed = 0;
  for (const auto& place : places) {
    // Requests are under way on all rings while they move.
    for (uint32_t ring = 0; ring < kRings; ++ring) {
      for (uint32_t i = 0; i < 8; ++i) {
        ASSERT_TRUE(guest->disk(ring).write(64 * ring + 8 * i, pattern(4096, seed + ring + i)).has_value());
      }
      guest->publish(ring);
    }
    home_.turn();
    function.service().place_rings(place);
    for (uint32_t ring = 0; ring < kRings; ++ring) {
      const auto finished = guest->finish(8, ring);
      ASSERT_EQ(finished.size(), 8u);
      EXPECT_TRUE(std::all_of(finished.begin(), finished.end(), [](const auto& each) { return each.status == 0; }));
    }
    ASSERT_TRUE(is_settled(function));
    for (uint32_t ring = 0; ring < kRings; ++ring) {
      EXPECT_EQ(&function.service().device()->reactor_of(ring), &place[ring]->reactor());
      for (uint32_t i = 0; i < 8; ++i) {
        const auto data = pattern(4096, seed + ring + i);
        ASSERT_TRUE(std::equal(data.begin(), data.end(), disk_.content.begin() + (64 * ring + 8 * i) * 512));
      }
    }
    expect_io(*guest, ++seed);
  }
  EXPECT_EQ(disk_.open_queues, 1u) << "a lane without rings ends";
  EXPECT_EQ(function.function().stats().errors, 0u);
}

TEST_F(LanesTest, ARingWhoseRequestsDoNotEndMovesWhenTheyDo) {
  BenchFunction function(home_, disk_);
  auto guest = guest_of(function);
  ASSERT_TRUE(guest->attach());
  for (BenchReactor* to : {&away_, &home_}) {
    disk_.is_stalled = true;
    ASSERT_TRUE(guest->disk(0).write(0, pattern(512, 1)).has_value());
    guest->publish(0);
    ASSERT_TRUE(home_.turn_until([&] { return disk_.waiting == 1; }));
    function.service().place_rings(all_on(*to));
    home_.turn(200);
    EXPECT_FALSE(function.service().is_settled());
    // A message may come meanwhile, and wait with it.
    guest->socket().send(FakeFrontend::set_vring_enable(0, true));
    disk_.is_stalled = false;
    EXPECT_EQ(guest->finish(1, 0).size(), 1u);
    EXPECT_TRUE(is_settled(function));
    expect_io(*guest);
  }
}

TEST_F(LanesTest, ARingMayStopAndAFrontEndMayGoWhileItMoves) {
  BenchFunction function(home_, disk_);
  for (const bool goes : {false, true}) {
    auto guest = guest_of(function, FrontendKind::user_mode_linux);
    ASSERT_TRUE(guest->attach());
    for (BenchReactor* to : {&away_, &home_, &away_}) {
      function.service().place_rings(all_on(*to));
      if (goes) break;
      ASSERT_TRUE(guest->stop());
      ASSERT_TRUE(guest->play(start_script(FrontendKind::user_mode_linux, guest->script())));
      expect_io(*guest);
    }
    guest->socket().close();
    ASSERT_TRUE(has_detached(function));
  }
}

}  // namespace
}  // namespace laneway
