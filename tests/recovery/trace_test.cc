// What the queue tells of single requests: where their time went, in simulated time.
#include "recovery/two_paths.h"

namespace laneway {

namespace {

// Submits a write of 4 KiB that will tell.
std::unique_ptr<TestRequest> start_traced(Lab& lab, uint64_t timeout_ns = 100 * kSecond) {
  auto write = TestRequest::transfer(BlockOp::write, 0, {4096});
  write->request.start_ns = lab.bench.now_ns();
  write->request.deadline_ns = lab.bench.now_ns() + timeout_ns;
  write->asked = lab.queue;
  submit(*lab.queue, {write.get()});
  return write;
}

TEST(Trace, ATargetThatTakesLongIsToldFromItsNetwork) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("delay:value=480ms,op=write");
  auto write = start_traced(lab);
  ASSERT_TRUE(lab.finishes(*write));
  ASSERT_TRUE(write->trace.has_value());
  EXPECT_GE(write->trace->answered_ns - write->trace->sent_ns, 480 * kMillisecond);
  EXPECT_LT(write->trace->sent_ns - write->request.start_ns, kMillisecond);
  EXPECT_EQ(write->trace->path, 0u);
  EXPECT_EQ(write->trace->replays, 0u);
  EXPECT_EQ(write->trace->path_ns + write->trace->fence_ns + write->trace->slot_ns, 0u);
}

TEST(Trace, ABusyTargetsPausesAreCounted) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("status:value=8,op=write,count=3");
  auto write = start_traced(lab);
  ASSERT_TRUE(lab.finishes(*write));
  ASSERT_TRUE(write->trace.has_value());
  EXPECT_EQ(write->trace->retries, 3u);
  EXPECT_GE(write->trace->busy_ns, 15 * kMillisecond);
}

TEST(Trace, AWaitForAPlaceIsTold) {
  fake::TargetOptions slow;
  slow.latency_min_ns = slow.latency_max_ns = 20 * kMillisecond;
  Lab lab(slow);
  lab.settings.queue_depth = 1;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  auto first = start_traced(lab);
  auto second = start_traced(lab);
  ASSERT_TRUE(lab.finishes(*second));
  ASSERT_TRUE(second->trace.has_value());
  EXPECT_GE(second->trace->slot_ns, 20 * kMillisecond);
  EXPECT_EQ(first->trace->slot_ns, 0u);
}

TEST(Trace, ALostPathAndTheFenceAreTold) {
  fake::TargetOptions slow;
  slow.latency_min_ns = slow.latency_max_ns = 5 * kMillisecond;
  PathRules rules;
  rules.policy = PathPolicy::failover;
  TwoPaths lab(slow, rules);
  auto write = start_traced(lab);
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().set_reachable(TwoPaths::kFirstPort, false);
  lab.kernel.network().reset(TwoPaths::kFirstPort);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::ok);
  ASSERT_TRUE(write->trace.has_value());
  EXPECT_EQ(write->trace->lost_path, 0u);
  EXPECT_EQ(write->trace->path, 1u);
  EXPECT_EQ(write->trace->replays, 1u);
  EXPECT_GT(write->trace->fence_ns, 0u);
  EXPECT_GT(write->trace->path_ns, 0u);
  const uint64_t until_sent_ns = write->trace->sent_ns - write->request.start_ns;
  EXPECT_LE(write->trace->path_ns + write->trace->fence_ns, until_sent_ns);
}

TEST(Trace, ARequestThatWasGivenUpTellsOfItsWait) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.kernel.network().set_reachable(false);
  lab.fake.drop_connections();
  lab.bench.turn_for(10 * kMillisecond);
  auto write = start_traced(lab, 3 * kSecond);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  ASSERT_TRUE(write->trace.has_value());
  EXPECT_EQ(write->trace->sent_ns, 0u);
  EXPECT_GE(write->trace->path_ns, 2900 * kMillisecond);
  lab.kernel.network().set_reachable(true);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
}

}  // namespace

}  // namespace laneway
