// Sessions that end under load: what was unfinished is finished, in order, once, and never by a dead copy.
#include "recovery/lab.h"

namespace laneway {

namespace {

TEST(SessionLoss, IoGoesOnAfterTheConnectionIsDropped) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.drop_connections();
  ASSERT_EQ(lab.write(4096, pattern(2, 4096)), Status::ok);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
  EXPECT_EQ(lab.read(4096, 4096), pattern(2, 4096));
  const IscsiSessionReport report = lab.report();
  EXPECT_EQ(report.logins, 2u);
  EXPECT_EQ(report.reconnects, 1u);
  EXPECT_EQ(report.state, IscsiLinkState::ready);
  EXPECT_TRUE(report.error.empty()) << report.error;
  EXPECT_EQ(report.written_bytes, 8192u);
}

TEST(SessionLoss, UnfinishedRequestsAreReplayedAfterAFence) {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Lab lab(options);
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  std::vector<std::unique_ptr<TestRequest>> writes;
  for (uint64_t i = 0; i < 20; ++i) writes.push_back(lab.start_write(i * 4096, pattern(i, 4096)));
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().reset_all();
  for (auto& write : writes) {
    ASSERT_TRUE(lab.finishes(*write));
    EXPECT_EQ(write->status, Status::ok);
  }
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(lab.read(i * 4096, 4096), pattern(i, 4096));
  EXPECT_EQ(lab.report().fences, 1u);
  EXPECT_EQ(lab.report().replays, 20u);
  EXPECT_GE(lab.fake.counters().fences, 1u);
}

TEST(SessionLoss, ReadsAreReplayedWithoutAFence) {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Lab lab(options);
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(3, 4096)), Status::ok);
  auto read = TestRequest::transfer(BlockOp::read, 0, {4096});
  submit(*lab.queue, {read.get()});
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().reset_all();
  ASSERT_TRUE(lab.finishes(*read));
  EXPECT_EQ(read->status, Status::ok);
  EXPECT_EQ(read->bytes(), pattern(3, 4096));
  EXPECT_EQ(lab.report().fences, 0u);
}

// The target ends the connection, lets us log in again, and lands the accepted write afterwards unless it is fenced.
void expect_late_write_of_lost_session_never_wins(uint64_t late_ns, bool has_shared_luns) {
  fake::TargetOptions options;
  Lab lab(options);
  lab.settings.has_shared_luns = has_shared_luns;
  lab.settings.fence_delay_ns = 3 * kSecond;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  lab.fault(fmt::format("late-write:value={},op=write", late_ns));
  auto first = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  ASSERT_EQ(first->status, Status::ok);
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.read(0, 4096), pattern(2, 4096)) << "late by " << late_ns << " ns";
  EXPECT_EQ(lab.report().fences, 1u);
}

TEST(SessionLoss, AWriteThatLandsLateNeverWinsOverALaterOne) {
  for (const uint64_t late_ns : {100 * kMicrosecond, kMillisecond, 20 * kMillisecond, 2 * kSecond}) {
    expect_late_write_of_lost_session_never_wins(late_ns, false);
  }
}

TEST(SessionLoss, OnSharedLunsTheFenceIsADelay) {
  for (const uint64_t late_ns : {kMillisecond, 2 * kSecond})
    expect_late_write_of_lost_session_never_wins(late_ns, true);
}

TEST(SessionLoss, TheLateWriteOfATargetThatIgnoresFencesIsSeenByThisSuite) {
  // The harness itself: with a broken target the old write does win, so the tests above would notice a missing fence.
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  lab.fault("ignore-fence:count=0");
  lab.fault(fmt::format("late-write:value={},op=write", kSecond));
  auto first = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
}

TEST(SessionLoss, AWriteThatTimedOutIsFencedBeforeTheNextOne) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  lab.fault(fmt::format("delay:value={},op=write", 8 * kSecond));
  auto first = lab.start_write(0, pattern(1, 4096), 2 * kSecond);
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_EQ(first->status, Status::timed_out);
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(20 * kSecond);
  EXPECT_EQ(lab.read(0, 4096), pattern(2, 4096));
  EXPECT_EQ(lab.report().fences, 1u);
  EXPECT_EQ(lab.report().timeouts, 1u);
}

TEST(SessionLoss, ARestartedEngineFencesWhatItsPredecessorLeft) {
  Lab lab;
  lab.open(true);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(lab.report().fences, 1u);
  EXPECT_GE(lab.fake.counters().fences, 1u);
}

TEST(SessionLoss, ATargetThatRefusesTheResetIsAskedToClearItsTasks) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  lab.fault("refuse-fence:value=5");
  lab.fault(fmt::format("late-write:value={},op=write", kSecond));
  auto first = lab.start_write(0, pattern(1, 4096));
  const uint64_t start_ns = lab.bench.now_ns();
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_LT(lab.bench.now_ns() - start_ns, 5 * kSecond);
  EXPECT_EQ(lab.fake.counters().fences, 2u);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
}

TEST(SessionLoss, ATargetThatRefusesEveryFenceIsWaitedFor) {
  Lab lab;
  lab.settings.fence_delay_ns = 4 * kSecond;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  lab.fault("refuse-fence:value=5,count=0");
  lab.fault(fmt::format("late-write:value={},op=write", kSecond));
  const uint64_t start_ns = lab.bench.now_ns();
  auto first = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_GE(lab.bench.now_ns() - start_ns, 4 * kSecond);
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.read(0, 4096), pattern(2, 4096));
}

TEST(SessionLoss, ATargetThatNeverAnswersTheFenceIsLeftAndTriedAgain) {
  Lab lab;
  lab.settings.lu_reset_timeout_ns = 3 * kSecond;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  lab.fault("silent-fence");
  lab.fault(fmt::format("late-write:value={},op=write", kMillisecond));
  auto first = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_EQ(first->status, Status::ok);
  EXPECT_EQ(lab.report().fences, 1u);
  EXPECT_EQ(lab.report().logins, 3u);
}

TEST(SessionLoss, DamagedDigestsEndTheSessionAndNotTheData) {
  Lab lab;
  lab.settings.header_digest = lab.settings.data_digest = iscsi::DigestPolicy::crc32c;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 65536)), Status::ok);
  for (const char* spec : {"bad-payload-digest:op=read", "bad-header-digest:op=read"}) {
    lab.fault(spec);
    EXPECT_EQ(lab.read(0, 65536), pattern(1, 65536)) << spec;
  }
  EXPECT_EQ(lab.report().reconnects, 2u);
}

TEST(SessionLoss, NonsenseFromTheTargetEndsTheSessionAndNotTheData) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 65536)), Status::ok);
  for (const char* spec : {"wrong-tag:op=read", "wrong-offset:op=read", "drop:op=read", "silent:op=read"}) {
    lab.fault(spec);
    EXPECT_EQ(lab.read(0, 65536), pattern(1, 65536)) << spec;
  }
  EXPECT_EQ(lab.report().reconnects, 4u);
}

TEST(SessionLoss, ASilentTargetIsNoticedByItsPings) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.set_silent(true);
  auto write = lab.start_write(0, pattern(2, 4096));
  lab.bench.turn_for(15 * kSecond);
  EXPECT_FALSE(write->is_finished());
  EXPECT_EQ(lab.report().state, IscsiLinkState::recovering);
  EXPECT_FALSE(lab.report().error.empty());
  lab.fake.set_silent(false);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::ok);
  EXPECT_EQ(lab.read(0, 4096), pattern(2, 4096));
}

TEST(SessionLoss, ALogoutThatTheTargetAsksForIsFollowedByALogin) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.send_async(1, 0, 0, 3);
  lab.bench.turn_for(10 * kSecond);            // the next ping brings it
  EXPECT_EQ(lab.fake.counters().logouts, 2u);  // the probe's and this one
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
  EXPECT_EQ(lab.report().reconnects, 1u);
}

TEST(SessionLoss, AnIdleFunctionLogsInAgainOnlyForItsNextRequest) {
  Lab lab;
  lab.open();
  EXPECT_EQ(lab.fake.counters().logins, 1u);  // the probe's
  EXPECT_EQ(lab.report().state, IscsiLinkState::idle);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.drop_connections();
  lab.bench.turn_for(60 * kSecond);
  EXPECT_EQ(lab.fake.counters().logins, 2u);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
  EXPECT_EQ(lab.fake.counters().logins, 3u);
}

TEST(SessionLoss, TheSameFunctionComesBackUnderTheSameIdentifier) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  const iscsi::Isid isid = lab.report().isid;
  // The target does not notice the end of the old session: the new login replaces it.
  lab.kernel.network().swallow_all();
  auto write = lab.start_write(0, pattern(2, 4096));
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(lab.report().isid, isid);
  EXPECT_EQ(lab.fake.counters().reinstatements, 1u);
  lab.close();
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(3, 4096)), Status::ok);
  EXPECT_EQ(lab.report().isid, isid);
}

}  // namespace

}  // namespace laneway
