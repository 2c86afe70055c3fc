// What becomes of a function whose LUN is resized, removed, replaced, offline, full, write-protected or reserved: what
// its requests do, what is shown, and that it mends itself once the array is mended (docs/luns.md).
#include "recovery/lab.h"

namespace laneway {

namespace {

struct Scene : Lab {
  Scene() {
    open();
    EXPECT_EQ(write(0, pattern(1, 4096)), Status::ok);
    expect(HealthState::ok, "");
  }
  void expect(HealthState state, const std::string& reason) {
    const DiskHealth health = device->health();
    EXPECT_EQ(health_state_name(health.state), health_state_name(state));
    EXPECT_EQ(health.reason, reason);
    EXPECT_EQ(health.remedy.empty(), reason.empty());
  }
  uint64_t times(const std::string& reason) {
    for (const auto& [name, count] : device->health().occurrences) {
      if (name == reason) return count;
    }
    return 0;
  }
  std::unique_ptr<TestRequest> start_read() {
    auto request = TestRequest::transfer(BlockOp::read, 0, {4096});
    request->request.deadline_ns = bench.now_ns() + 100 * kSecond;
    submit(*queue, {request.get()});
    return request;
  }
};

TEST(LunStates, WritesToAFullPoolWaitUntilThereIsSpace) {
  Scene scene;
  scene.fault("sense:value=0x072707,op=write,count=0");
  auto first = scene.start_write(0, pattern(2, 4096));
  auto second = scene.start_write(4096, pattern(3, 4096));
  scene.bench.turn_for(30 * kSecond);
  EXPECT_FALSE(first->is_finished() || second->is_finished());
  scene.expect(HealthState::degraded, "out_of_space");
  EXPECT_EQ(scene.read(0, 4096), pattern(1, 4096));
  scene.expect(HealthState::degraded, "out_of_space");  // a read says nothing about space
  scene.fake.script().clear();
  ASSERT_TRUE(scene.finishes(*first) && scene.finishes(*second));
  EXPECT_EQ(first->status, Status::ok);
  EXPECT_EQ(second->status, Status::ok);
  EXPECT_EQ(scene.content(0, 4096), pattern(2, 4096));
  scene.expect(HealthState::ok, "");
  EXPECT_EQ(scene.times("out_of_space"), 1u);
  EXPECT_EQ(scene.report().reconnects, 0u);
}

TEST(LunStates, WritesToAPoolThatStaysFullEndByTheirDeadline) {
  Scene scene;
  scene.fault("sense:value=0x072707,op=write,count=0");
  const uint64_t start_ns = scene.bench.now_ns();
  auto write = scene.start_write(0, pattern(2, 4096), 20 * kSecond);
  ASSERT_TRUE(scene.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  EXPECT_LT(scene.bench.now_ns() - start_ns, 21 * kSecond);
  EXPECT_LT(scene.report().retries, 60u);  // it is asked about once a second
}

TEST(LunStates, APoolThatIsNearlyFullIsShownAndCostsNothing) {
  Scene scene;
  scene.fake.raise_attention(0, 0x38, 0x07);
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::ok);
  scene.expect(HealthState::degraded, "space_low");
  EXPECT_EQ(scene.write(0, pattern(3, 4096)), Status::ok);
  scene.expect(HealthState::degraded, "space_low");
  EXPECT_TRUE(scene.device->health().remedy.find("add space") != std::string::npos);
  scene.fake.drop_connections();
  EXPECT_EQ(scene.write(0, pattern(4, 4096)), Status::ok);
  scene.expect(HealthState::ok, "");
}

TEST(LunStates, ALunThatIsRemovedIsWaitedForAndMendsItself) {
  Scene scene;
  scene.fake.set_lun_missing(0, true);
  auto write = scene.start_write(0, pattern(2, 4096));
  auto read = scene.start_read();
  scene.bench.turn_for(20 * kSecond);
  EXPECT_FALSE(write->is_finished() || read->is_finished());
  scene.expect(HealthState::blocked, "gone");
  EXPECT_LT(scene.report().logins, 40u);
  scene.fake.set_lun_missing(0, false);
  ASSERT_TRUE(scene.finishes(*write) && scene.finishes(*read));
  EXPECT_EQ(write->status, Status::ok);
  EXPECT_EQ(read->status, Status::ok);
  EXPECT_EQ(scene.read(0, 4096), pattern(2, 4096));
  scene.expect(HealthState::ok, "");
  EXPECT_EQ(scene.times("gone"), 1u);
}

TEST(LunStates, ALunThatStaysAwayFailsItsRequestsByTheirDeadline) {
  Scene scene;
  scene.fake.set_lun_missing(0, true);
  auto write = scene.start_write(0, pattern(2, 4096), 15 * kSecond);
  ASSERT_TRUE(scene.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  scene.fake.set_lun_missing(0, false);
  EXPECT_EQ(scene.content(0, 4096), pattern(1, 4096));
}

TEST(LunStates, AnotherDiskUnderTheNumberOfOneThatWasRemovedIsNeverWritten) {
  Scene scene;
  scene.fake.set_lun_missing(0, true);
  auto write = scene.start_write(0, pattern(2, 4096));
  scene.bench.turn_for(5 * kSecond);
  scene.fake.replace_lun(0, 0x6001405000000002, 7);
  scene.fake.set_lun_missing(0, false);
  ASSERT_TRUE(scene.finishes(*write));
  EXPECT_EQ(write->status, Status::device_gone);
  EXPECT_EQ(scene.content(0, 4096), pattern(1, 4096));
  scene.expect(HealthState::blocked, "replaced");
  scene.fake.replace_lun(0, 0x6001405000000001, 1);
  scene.bench.turn_for(10 * kSecond);
  EXPECT_EQ(scene.write(0, pattern(3, 4096)), Status::ok);
  scene.expect(HealthState::ok, "");
}

TEST(LunStates, ALunThatIsOfflineIsWaitedFor) {
  for (const char* sense : {"0x020402", "0x023a00", "0x02040c"}) {
    Scene scene;
    scene.fault(fmt::format("sense:value={},count=0", sense));
    auto write = scene.start_write(0, pattern(2, 4096));
    auto read = scene.start_read();
    scene.bench.turn_for(20 * kSecond);
    EXPECT_FALSE(write->is_finished() || read->is_finished()) << sense;
    scene.expect(HealthState::blocked, "not_ready");
    scene.fake.script().clear();
    ASSERT_TRUE(scene.finishes(*write) && scene.finishes(*read));
    EXPECT_EQ(write->status, Status::ok);
    scene.expect(HealthState::ok, "");
  }
}

TEST(LunStates, AWriteProtectedLunFailsWritesAndServesReads) {
  Scene scene;
  scene.fault("sense:value=0x072700,op=write,count=0");
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::read_only);
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::read_only);
  EXPECT_EQ(scene.read(0, 4096), pattern(1, 4096));
  scene.expect(HealthState::degraded, "write_protected");
  EXPECT_EQ(scene.times("write_protected"), 1u);
  scene.fake.script().clear();
  EXPECT_EQ(scene.write(0, pattern(3, 4096)), Status::ok);
  scene.expect(HealthState::ok, "");
}

TEST(LunStates, AReservationFailsWhatItExcludesAtOnce) {
  Scene scene;
  scene.fault("status:value=0x18,op=write,count=2");
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::reservation_conflict);
  EXPECT_EQ(scene.read(0, 4096), pattern(1, 4096));
  scene.expect(HealthState::degraded, "reserved");
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::reservation_conflict);
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::ok);
  scene.expect(HealthState::ok, "");
}

TEST(LunStates, AResizeIsTakenUpInBothDirections) {
  Scene scene;
  scene.fake.resize_lun(0, 32 * kMiB);
  EXPECT_EQ(scene.write(0, pattern(2, 4096)), Status::ok);
  ASSERT_TRUE(scene.bench.turn_until([&] { return scene.device->geometry().capacity_bytes == 32 * kMiB; }));
  EXPECT_EQ(scene.write(31 * kMiB, pattern(3, 4096)), Status::ok);
  scene.fake.resize_lun(0, 8 * kMiB);
  EXPECT_EQ(scene.write(0, pattern(4, 4096)), Status::ok);
  ASSERT_TRUE(scene.bench.turn_until([&] { return scene.device->geometry().capacity_bytes == 8 * kMiB; }));
  EXPECT_EQ(scene.write(31 * kMiB, pattern(5, 4096)), Status::out_of_range);
  scene.expect(HealthState::ok, "");
}

TEST(LunStates, ATargetThatIsAwayIsShownAsSuch) {
  Scene scene;
  scene.kernel.network().set_reachable(false);
  scene.fake.drop_connections();
  auto write = scene.start_write(0, pattern(2, 4096));
  scene.bench.turn_for(5 * kSecond);
  scene.expect(HealthState::blocked, "unreachable");
  scene.kernel.network().set_reachable(true);
  ASSERT_TRUE(scene.finishes(*write));
  EXPECT_EQ(write->status, Status::ok);
  scene.expect(HealthState::ok, "");
}

TEST(LunStates, ALunThatFlapsFillsNoLog) {
  Scene scene;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 200; ++i) {
    scene.fault("sense:value=0x072700,op=write");
    (void)scene.write(0, pattern(2, 4096));
    ASSERT_EQ(scene.write(0, pattern(2, 4096)), Status::ok);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(scene.times("write_protected"), 200u);
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 20);
}

}  // namespace

}  // namespace laneway
