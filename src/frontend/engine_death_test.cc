// An engine that dies at any point of taking any message: its successor goes on, and the front-end sees every answer
// once and no end of its connection.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "frontend/testing/death_lab.h"

namespace laneway {
namespace {

using Death = MemoryVault::Death;

struct DeathCase {
  FrontendKind kind;
  Death death;
  size_t piece_bytes;
};

std::string case_name(const testing::TestParamInfo<DeathCase>& info) {
  static constexpr const char* kDeaths[] = {"Never", "BeforePut", "AfterPut", "AfterNote"};
  std::string name = frontend_name(info.param.kind);
  std::erase_if(name, [](char each) { return std::isalnum(static_cast<unsigned char>(each)) == 0; });
  name += kDeaths[static_cast<size_t>(info.param.death)];
  return info.param.piece_bytes == SIZE_MAX ? name : name + "InPieces";
}

class EngineDeathTest : public testing::TestWithParam<DeathCase> {
 protected:
  // Writes that are under way, or were not looked at, when whatever comes next is said.
  static void begin_writes(BenchGuest& guest, uint8_t mark) {
    for (uint32_t i = 0; i < 4; ++i) {
      ASSERT_TRUE(guest.disk().write(8 * i, std::vector<uint8_t>(4096, static_cast<uint8_t>(mark + i))).has_value());
    }
    guest.publish();
  }
  static void end_writes(DeathLab& lab, BenchGuest& guest, uint8_t mark) {
    for (const auto& each : guest.finish(4)) EXPECT_EQ(each.status, 0);
    EXPECT_EQ(guest.disk().in_flight(), 0u);
    for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(lab.disk().content[4096 * i + 100], mark + i);
  }
  static std::vector<FakeMessage> new_memory(BenchGuest& guest) {
    std::vector<GuestRegion> regions;
    std::vector<UniqueFd> fds;
    for (size_t i = 0; i < guest.memory().region_count(); ++i) {
      regions.push_back(guest.memory().region(i));
      fds.push_back(guest.memory().duplicate_fd(i));
    }
    std::vector<FakeMessage> out;
    out.push_back(FakeFrontend::set_mem_table(regions, std::move(fds)));
    return out;
  }
  static std::vector<FakeMessage> all_else(BenchGuest& guest) {
    using namespace vhost_protocol;
    std::vector<FakeMessage> out;
    for (const auto& ring : guest.script().rings) {
      out.push_back(FakeFrontend::set_vring_call(0, UniqueFd(::dup(ring.call))));
      out.push_back(FakeFrontend::set_vring_err(0, UniqueFd(::dup(ring.call))));
    }
    const uint8_t through[] = {0};
    out.push_back(FakeFrontend::set_config(32, through));
    out.push_back(FakeFrontend::get_config(0, 60));
    return out;
  }
  // All that a front-end says in its life, with requests under way wherever that matters.
  static void live(DeathLab& lab, BenchGuest& guest) {
    ASSERT_TRUE(guest.attach());
    begin_writes(guest, 10);
    end_writes(lab, guest, 10);
    begin_writes(guest, 20);
    ASSERT_TRUE(guest.play(new_memory(guest)));
    end_writes(lab, guest, 20);
    begin_writes(guest, 30);
    ASSERT_TRUE(guest.play(all_else(guest)));
    end_writes(lab, guest, 30);
    begin_writes(guest, 40);
    ASSERT_TRUE(guest.stop());
    if (GetParam().kind != FrontendKind::user_mode_linux) {
      const auto answer = guest.ask(FakeFrontend::get_vring_base(0));
      ASSERT_TRUE(answer.has_value());
      EXPECT_EQ(answer->number() >> 32, 16u) << "what was taken is finished";
    }
    end_writes(lab, guest, 40);
    ASSERT_TRUE(guest.ask(FakeFrontend::get_features()).has_value());
    EXPECT_FALSE(guest.socket().is_at_end());
  }
};

TEST_P(EngineDeathTest, IsSeenByNoFrontEnd) {
  const DeathCase& each = GetParam();
  // Before the first put there is nothing to take over.
  uint32_t put = each.death == Death::before_put ? 2 : 1;
  for (;; ++put) {
    SCOPED_TRACE(put);
    DeathLab lab({{each.death, put}});
    BenchGuest guest(lab.stage(), lab.path(), {.kind = each.kind});
    guest.socket().send_in_pieces(each.piece_bytes);
    live(lab, guest);
    if (HasFatalFailure()) return;
    if (lab.deaths() == 0) break;
    EXPECT_EQ(lab.deaths(), 1u);
  }
  EXPECT_GT(put, 20u) << "a front-end says more than that";
}

std::vector<DeathCase> all_cases() {
  std::vector<DeathCase> out;
  for (const FrontendKind kind : kAllFrontendKinds) out.push_back({kind, Death::after_put, SIZE_MAX});
  for (const FrontendKind kind : {FrontendKind::qemu_10, FrontendKind::user_mode_linux}) {
    out.push_back({kind, Death::before_put, SIZE_MAX});
    out.push_back({kind, Death::after_note, SIZE_MAX});
  }
  for (const Death death : {Death::before_put, Death::after_put, Death::after_note}) {
    out.push_back({FrontendKind::user_mode_linux, death, 7});
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(AtEveryPut, EngineDeathTest, testing::ValuesIn(all_cases()), case_name);

TEST(TakeOverTest, SuccessorsMayDieAsWellAndAsSoon) {
  DeathLab lab({{Death::after_put, 9},
                {Death::before_put, 1},
                {Death::after_put, 1},
                {Death::after_note, 1},
                {Death::before_put, 2},
                {Death::after_put, 2}});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  EXPECT_EQ(lab.deaths(), 6u);
  ASSERT_TRUE(guest.disk().write(0, std::vector<uint8_t>(512, 7)).has_value());
  EXPECT_EQ(guest.finish(1).size(), 1u);
  EXPECT_EQ(lab.disk().content[0], 7);
}

TEST(TakeOverTest, NoRequestIsTakenBeforeTheRecordThatItsRingRunsByIsKept) {
  // One that keeps no in-flight region: the engine makes one when the first ring starts.
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {.kind = FrontendKind::user_mode_linux});
  ASSERT_TRUE(guest.play(connect_script(FrontendKind::user_mode_linux, guest.script())));
  ASSERT_TRUE(guest.disk().write(0, std::vector<uint8_t>(512, 7)).has_value());
  guest.publish();
  auto messages = start_script(FrontendKind::user_mode_linux, guest.script());
  FakeMessage last = std::move(messages.back());
  messages.pop_back();
  ASSERT_TRUE(guest.play(std::move(messages)));
  const uint32_t puts = lab.vault().puts();
  lab.vault().hold(true);
  guest.socket().send(std::move(last));
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.vault().puts() > puts; }));
  lab.stage().turn(100);
  EXPECT_TRUE(lab.disk().seen.empty());
  EXPECT_TRUE(lab.shelf().take().record.inflight.fd);
  lab.vault().hold(false);
  EXPECT_EQ(guest.finish(1).size(), 1u);
}

TEST(TakeOverTest, TheGuestIsCalledOnceAndItsKickIsNotWaitedFor) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  lab.stage().turn(100);
  guest.calls();
  lab.kill();
  lab.stage().turn(200);
  EXPECT_EQ(guest.calls(), 1u) << "also where nothing was unfinished";
  // A request whose kick died with the engine.
  ASSERT_TRUE(guest.disk().write(0, std::vector<uint8_t>(512, 5)).has_value());
  guest.driver().publish();
  lab.kill();
  ASSERT_TRUE(lab.stage().turn_until([&] { return guest.disk().take_finished().has_value(); }));
  EXPECT_EQ(lab.disk().content[0], 5);
}

TEST(TakeOverTest, TheFrontEndIsToldToReadTheConfigurationAgain) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
  const UniqueFd channel(ends[0]);
  std::vector<FakeMessage> messages;
  messages.push_back(FakeFrontend::set_backend_req_fd(UniqueFd(ends[1])));
  ASSERT_TRUE(guest.play(std::move(messages)));
  lab.disk().content.resize(2 << 20);
  lab.disk().facts.capacity_bytes = 2 << 20;
  lab.kill();
  uint8_t bytes[64];
  ssize_t count = 0;
  ASSERT_TRUE(lab.stage().turn_until([&] { return (count = ::read(channel.get(), bytes, sizeof(bytes))) > 0; }));
  EXPECT_EQ(ByteView(bytes).first(static_cast<size_t>(count)).size(), 12u);
  const auto answer = guest.ask(FakeFrontend::get_config(0, 8));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(load_le<uint64_t>(answer->payload(), sizeof(ConfigWire)), (2u << 20) / 512);
}

TEST(TakeOverTest, ABrokenDeviceStaysBrokenUntilItsReset) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  guest.driver().vring().store_available_index(1000, std::memory_order_release);
  guest.kick();
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.service().device()->is_broken(); }));
  const std::string reason = lab.service().device()->broken_reason();
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.shelf().take().record.is_broken; }));
  lab.kill();
  lab.stage().turn(100);
  EXPECT_TRUE(lab.service().connection().is_broken);
  EXPECT_EQ(lab.service().connection().broken_reason, reason);
  ASSERT_TRUE(guest.stop());
  EXPECT_FALSE(lab.service().connection().is_broken);
}

TEST(TakeOverTest, AVaultThatIsNewIsGivenTheRecordAgain) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  // Also in the middle of a message: one that waits for its ring.
  lab.disk().is_stalled = true;
  ASSERT_TRUE(guest.disk().write(0, std::vector<uint8_t>(512, 7)).has_value());
  guest.publish();
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.disk().waiting == 1; }));
  guest.socket().send(FakeFrontend::get_vring_base(0));
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.service().device()->machine().is_waiting(); }));
  lab.vault().renew();
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.shelf().has_device && lab.shelf().note > 0; }));
  EXPECT_TRUE(lab.shelf().take().record.input.empty()) << "the message is still in its socket";
  lab.kill();
  lab.disk().is_stalled = false;
  std::optional<FakeMessage> answer;
  ASSERT_TRUE(lab.stage().turn_until([&] { return (answer = guest.socket().receive()).has_value(); }));
  EXPECT_EQ(answer->request(), 11u);
  EXPECT_TRUE(guest.disk().take_finished().has_value());
  EXPECT_TRUE(guest.ask(FakeFrontend::get_features()).has_value());
}

TEST(TakeOverTest, ADisconnectedDeviceIsKeptNoLonger) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  EXPECT_TRUE(lab.shelf().has_device);
  guest.socket().close();
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.service().device() == nullptr; }));
  EXPECT_FALSE(lab.shelf().has_device);
  guest.reconnect(lab.path());
  ASSERT_TRUE(guest.attach());
  EXPECT_TRUE(lab.shelf().has_device);
}

TEST(TakeOverTest, AFrontEndThatIsGoneIsNoticedWhileItsMessageWaits) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  lab.disk().is_stalled = true;
  ASSERT_TRUE(guest.disk().write(0, std::vector<uint8_t>(512, 7)).has_value());
  guest.publish();
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.disk().waiting == 1; }));
  guest.socket().send(FakeFrontend::get_vring_base(0));
  ASSERT_TRUE(lab.stage().turn_until([&] { return lab.service().device()->machine().is_waiting(); }));
  guest.socket().close();
  EXPECT_TRUE(lab.stage().turn_until([&] { return lab.service().device() == nullptr; }));
}

TEST(TakeOverTest, AFrontEndThatReadsNoAnswersIsDisconnected) {
  DeathLab lab({});
  BenchGuest guest(lab.stage(), lab.path(), {});
  ASSERT_TRUE(guest.attach());
  EXPECT_TRUE(lab.stage().turn_until([&] {
    guest.socket().send(FakeFrontend::get_config(0, 60));
    return !lab.service().is_attached();
  }));
}

}  // namespace
}  // namespace laneway
