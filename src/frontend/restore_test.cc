// All state of an attached device is one record: a device is rebuilt from it and continues, also with unfinished
// requests and in the middle of a message.
#include <gtest/gtest.h>

#include <sys/socket.h>

#include "frontend/testing/function_bench.h"
#include "vhost_user/testing/fake_device.h"

namespace laneway {
namespace {

// The first engine's reactor is not turned any more after its record was taken: that engine is dead, but its corpse can
// be closed at the end of the test.
class RestoreTest : public ::testing::TestWithParam<FrontendKind> {
 protected:
  ~RestoreTest() override {
    successor_.reset();
    old_disk_.is_stalled = false;
  }

  // The record goes through its encoding, as between two processes.
  DeviceRecord take_record() {
    auto record = first_.service().record();
    EXPECT_TRUE(record.has_value());
    const EncodedRecord encoded = encode_record(*record);
    std::vector<UniqueFd> copies;
    for (const int fd : encoded.descriptors) copies.push_back(UniqueFd(::dup(fd)));
    auto decoded = decode_record(encoded.bytes, std::move(copies));
    EXPECT_TRUE(decoded.has_value());
    return std::move(*decoded);
  }
  void succeed(DeviceRecord record) {
    successor_ = std::make_unique<BenchFunction>(new_engine_, new_disk_);
    ASSERT_TRUE(successor_->service().restore({std::move(record), 0}).has_value());
  }

  BenchReactor old_engine_;
  BenchReactor new_engine_;
  FakeDisk old_disk_;
  FakeDisk new_disk_;
  BenchFunction first_{old_engine_, old_disk_};
  std::unique_ptr<BenchFunction> successor_;
  FakeDevice null_device_;
};

TEST_P(RestoreTest, ARebuiltDeviceContinuesWithUnfinishedRequests) {
  BenchGuest guest(old_engine_, first_.path(), {.kind = GetParam()});
  ASSERT_TRUE(guest.attach());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(guest.disk().read(0, 512).has_value());
    ASSERT_EQ(guest.finish(1).size(), 1u);
  }
  old_disk_.is_stalled = true;
  for (uint32_t i = 0; i < 7; ++i) {
    ASSERT_TRUE(guest.disk().write(8 * i, std::vector<uint8_t>(512, static_cast<uint8_t>(i + 1))).has_value());
  }
  guest.publish();
  ASSERT_TRUE(old_engine_.turn_until([&] { return old_disk_.waiting == 7; }));
  // Two more are available, but no engine has looked at them.
  ASSERT_TRUE(guest.disk().write(8 * 7, std::vector<uint8_t>(512, 8)).has_value());
  ASSERT_TRUE(guest.disk().flush().has_value());
  guest.driver().publish();
  guest.calls();

  succeed(take_record());
  const auto finished = [&] {
    std::vector<FakeBlkDriver::Finished> out;
    new_engine_.turn_until([&] {
      while (auto each = guest.disk().take_finished()) out.push_back(*each);
      return out.size() == 9;
    });
    return out;
  }();
  ASSERT_EQ(finished.size(), 9u);
  for (const auto& each : finished) EXPECT_EQ(each.status, 0);
  for (uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(new_disk_.content[i * 4096], i + 1);
    EXPECT_EQ(new_disk_.seen[i].offset_bytes, i * 4096) << "in the order of their arrival";
  }
  ASSERT_TRUE(new_engine_.turn_until([&] { return guest.calls() > 0; }));
  const VhostBlkConnection connection = successor_->service().connection();
  EXPECT_TRUE(connection.is_attached);
  EXPECT_TRUE(connection.is_driver_active);
  EXPECT_EQ(connection.memory_regions, 2u);
  EXPECT_EQ(successor_->service().device()->machine().record().generation, 1u);
}

INSTANTIATE_TEST_SUITE_P(AllFrontEnds, RestoreTest, ::testing::ValuesIn(kAllFrontendKinds));

using RestoreMessageTest = RestoreTest;

TEST_P(RestoreMessageTest, AMessageThatWaitedForItsRingIsAnsweredByTheSuccessor) {
  BenchGuest guest(old_engine_, first_.path(), {.kind = GetParam()});
  ASSERT_TRUE(guest.attach());
  old_disk_.is_stalled = true;
  ASSERT_TRUE(guest.disk().write(0, std::vector<uint8_t>(512, 3)).has_value());
  guest.publish();
  ASSERT_TRUE(old_engine_.turn_until([&] { return old_disk_.waiting == 1; }));
  guest.socket().send(FakeFrontend::get_vring_base(0));
  ASSERT_TRUE(old_engine_.turn_until([&] { return first_.service().device()->machine().is_waiting(); }));

  succeed(take_record());
  std::optional<FakeMessage> answer;
  ASSERT_TRUE(new_engine_.turn_until([&] { return (answer = guest.socket().receive()).has_value(); }));
  EXPECT_EQ(answer->request(), 11u);
  EXPECT_EQ(answer->number() >> 32, 1u) << "after the request that was under way had finished";
  EXPECT_EQ(new_disk_.content[0], 3);
  EXPECT_TRUE(guest.disk().take_finished().has_value());
}

INSTANTIATE_TEST_SUITE_P(Qemu, RestoreMessageTest, ::testing::Values(FrontendKind::qemu_7_2));

TEST_P(RestoreMessageTest, HalfAMessageIsCompletedByTheSuccessor) {
  BenchGuest guest(old_engine_, first_.path(), {.kind = GetParam()});
  ASSERT_TRUE(guest.attach());
  FakeMessage whole = FakeFrontend::get_config(0, 60);
  FakeMessage half;
  half.bytes.assign(whole.bytes.begin(), whole.bytes.begin() + 30);
  guest.socket().send(std::move(half));
  ASSERT_TRUE(old_engine_.turn_until([&] { return first_.service().device()->machine().record().input.size() == 30; }));
  DeviceRecord record = take_record();
  // The dead engine's kernel no longer reads from the socket; this one's is still alive and would.
  FakeMessage rest;
  rest.bytes.assign(whole.bytes.begin() + 30, whole.bytes.end());
  EXPECT_EQ(record.input.size(), 30u);
  VhostUserMachine machine(null_device_, 4, true);
  record.connection.reset();
  ASSERT_TRUE(machine.restore(std::move(record)).has_value());
  EXPECT_EQ(machine.wanted_bytes(), rest.bytes.size());
  ASSERT_TRUE(machine.received(rest.bytes, {}).has_value());
  EXPECT_EQ(machine.output().size(), whole.bytes.size());
}

TEST(RestoreRefused, ARecordThatMakesNoSenseDisconnectsNobody) {
  BenchReactor bench;
  FakeDisk disk;
  BenchFunction function(bench, disk);
  DeviceRecord record;
  record.rings.resize(100);  // more than the function has
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  record.connection = UniqueFd(ends[0]);
  FakeSocket peer{UniqueFd(ends[1])};
  const UniqueFd kept(::dup(record.connection.get()));
  EXPECT_FALSE(function.service().restore({std::move(record), 0}).has_value());
  EXPECT_EQ(function.service().device(), nullptr);
  bench.turn(10);
  (void)peer.receive();
  EXPECT_FALSE(peer.is_at_end());
  function.service().start();
  BenchGuest guest(bench, function.path(), {});
  EXPECT_TRUE(guest.attach());
}

TEST(RestoreRefused, ARecordThatNamesNoConnectionOrNoFileForItsMemoryIs) {
  BenchReactor bench;
  FakeDisk disk;
  BenchFunction function(bench, disk);
  EXPECT_FALSE(function.service().restore({DeviceRecord(), 0}).has_value());
  DeviceRecord record;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  record.connection = UniqueFd(ends[0]);
  const UniqueFd peer(ends[1]);
  record.regions.push_back({{GuestAddr{0}, 4096, UserAddr{0x7f0000000000}, 0}, UniqueFd()});
  EXPECT_FALSE(function.service().restore({std::move(record), 0}).has_value());
  EXPECT_EQ(function.service().device(), nullptr);
}

}  // namespace
}  // namespace laneway
