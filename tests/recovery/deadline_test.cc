// Targets that stay away: requests end in time, with an error, and never hang.
#include "recovery/lab.h"

namespace laneway {

namespace {

TEST(Deadlines, RequestsFailInTimeWhileTheTargetIsAway) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.kernel.network().set_reachable(false);
  lab.fake.drop_connections();
  const uint64_t start_ns = lab.bench.now_ns();
  auto early = lab.start_write(0, pattern(2, 4096), 3 * kSecond);
  auto late = lab.start_write(4096, pattern(3, 4096), 7 * kSecond);
  ASSERT_TRUE(lab.finishes(*early));
  EXPECT_EQ(early->status, Status::timed_out);
  EXPECT_LT(lab.bench.now_ns() - start_ns, 4 * kSecond);
  EXPECT_FALSE(late->is_finished());
  ASSERT_TRUE(lab.finishes(*late));
  EXPECT_EQ(late->status, Status::timed_out);
  EXPECT_LT(lab.bench.now_ns() - start_ns, 8 * kSecond);
  lab.kernel.network().set_reachable(true);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
}

TEST(Deadlines, RequestsFailInTimeWhenTheTargetFallsSilent) {
  Lab lab;
  lab.settings.noop_interval_ns = 0;  // nothing but the deadline notices
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.set_silent(true);
  const uint64_t start_ns = lab.bench.now_ns();
  auto write = lab.start_write(0, pattern(2, 4096), 3 * kSecond);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  EXPECT_LT(lab.bench.now_ns() - start_ns, 4 * kSecond);
}

TEST(Deadlines, ARequestBehindAnotherWithALaterDeadlineFailsInTime) {
  Lab lab;
  lab.open();
  lab.kernel.network().set_connects_hang(true);
  const uint64_t start_ns = lab.bench.now_ns();
  auto patient = lab.start_write(0, pattern(1, 4096), 50 * kSecond);
  auto hasty = lab.start_write(0, pattern(2, 4096), 2 * kSecond);
  ASSERT_TRUE(lab.finishes(*hasty));
  EXPECT_EQ(hasty->status, Status::timed_out);
  EXPECT_LT(lab.bench.now_ns() - start_ns, 3 * kSecond);
  EXPECT_FALSE(patient->is_finished());
  lab.kernel.network().set_connects_hang(false);
  ASSERT_TRUE(lab.finishes(*patient));
  EXPECT_EQ(patient->status, Status::ok);
}

TEST(Deadlines, AfterTheReplacementTimeoutRequestsFailAtOnceUntilTheTargetIsBack) {
  Lab lab;
  lab.settings.replacement_timeout_ns = 10 * kSecond;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.kernel.network().set_reachable(false);
  lab.fake.drop_connections();
  const uint64_t start_ns = lab.bench.now_ns();
  auto first = lab.start_write(0, pattern(2, 4096), 1000 * kSecond);
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_EQ(first->status, Status::timed_out);
  EXPECT_GE(lab.bench.now_ns() - start_ns, 10 * kSecond);
  EXPECT_LT(lab.bench.now_ns() - start_ns, 11 * kSecond);
  auto second = lab.start_write(0, pattern(2, 4096), 1000 * kSecond);
  ASSERT_TRUE(lab.finishes(*second, kMillisecond));
  EXPECT_EQ(second->status, Status::timed_out);
  lab.kernel.network().set_reachable(true);
  ASSERT_TRUE(lab.bench.turn_until([&] { return lab.report().state == IscsiLinkState::ready; }, 30 * kSecond));
  ASSERT_EQ(lab.write(0, pattern(3, 4096)), Status::ok);
}

TEST(Deadlines, DrainDuringAnOutageEndsEverythingSoon) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.set_silent(true);
  std::vector<std::unique_ptr<TestRequest>> writes;
  for (uint64_t i = 0; i < 300; ++i) writes.push_back(lab.start_write(i * 4096, pattern(i, 4096)));
  lab.bench.turn_for(kMillisecond);
  const uint64_t start_ns = lab.bench.now_ns();
  lab.queue->drain();
  ASSERT_TRUE(lab.bench.turn_until([&] { return lab.queue->is_drained(); }));
  EXPECT_LT(lab.bench.now_ns() - start_ns, 3 * kSecond);
  for (const auto& write : writes) {
    EXPECT_EQ(write->finish_count, 1u);
    EXPECT_EQ(write->status, Status::aborted);
  }
}

TEST(Deadlines, DrainWhileConnectingEndsAtOnce) {
  Lab lab;
  lab.open();
  lab.kernel.network().set_connects_hang(true);
  auto write = lab.start_write(0, pattern(1, 4096));
  lab.bench.turn_for(kMillisecond);
  lab.queue->drain();
  ASSERT_TRUE(lab.bench.turn_until([&] { return lab.queue->is_drained(); }, 10 * kMillisecond));
  EXPECT_EQ(write->status, Status::aborted);
}

TEST(Deadlines, PausesGrowWhileTheTargetIsAway) {
  Lab lab;
  lab.open();
  lab.kernel.network().set_reachable(false);
  auto write = lab.start_write(0, pattern(1, 4096), 60 * kSecond);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  lab.kernel.network().set_reachable(true);
  // Bounded by the pauses, not by how fast a connection is refused.
  EXPECT_LT(lab.bench.reactor().counters().turns, 2000u);
}

TEST(Deadlines, ATargetThatHangsInLoginIsGivenUpAndTriedAgain) {
  Lab lab;
  lab.settings.login_timeout_ns = 2 * kSecond;
  lab.open();
  lab.fault("login-silent:count=2");
  const uint64_t start_ns = lab.bench.now_ns();
  auto write = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::ok);
  EXPECT_GE(lab.bench.now_ns() - start_ns, 4 * kSecond);
}

TEST(Deadlines, ARefusedLoginIsTriedAgainUntilTheDeadlineAndTold) {
  Lab lab;
  lab.open();
  lab.fault("login-refuse:value=0x0202,count=0");
  auto write = lab.start_write(0, pattern(1, 4096), 20 * kSecond);
  lab.bench.turn_for(5 * kSecond);
  EXPECT_FALSE(lab.report().error.empty());
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  EXPECT_LT(lab.fake.counters().connections, 30u);
}

}  // namespace

}  // namespace laneway
