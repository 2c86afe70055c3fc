// Where the time of traced requests goes, by a clock of the test's.
#include "frontend/lane_tracer.h"

#include <gtest/gtest.h>

#include "frontend/blk_ring.h"

namespace laneway {
namespace {

constexpr uint64_t kStart = kSecond;

class LaneTracerTest : public ::testing::Test {
 protected:
  // A request that is taken at kStart.
  void begin(bool is_sampled, uint64_t ring_wait_ns = 0) {
    slot_.start_ns = kStart;
    slot_.held_ns = 0;
    slot_.ring = &ring_;
    slot_.trace_from_ns = tracer_.trace_from_ns(kStart);
    if (is_sampled) tracer_.sample(slot_, ring_wait_ns, kStart);
  }
  void end(const BlockTrace* told, uint64_t end_ns, uint64_t told_guest_ns) {
    ASSERT_LE(slot_.trace_from_ns, end_ns);
    tracer_.end(slot_, Status::ok, told, end_ns);
    EXPECT_TRUE(tracer_.has_ended());
    tracer_.settle(told_guest_ns);
    EXPECT_FALSE(tracer_.has_ended());
  }
  uint64_t sampled_ns(IoStage stage) const { return stats_.trace.stages.of(stage).total_ns(); }
  SlowRequest only_slow() const {
    std::vector<SlowRequest> all;
    stats_.trace.recorder.add_to(all);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? SlowRequest() : all.front();
  }

  FunctionStats stats_;
  LaneTracer tracer_{stats_, TraceOptions()};
  BlkRing ring_{3};
  BlkSlot slot_;
};

TEST_F(LaneTracerTest, OneInAWhileIsSampled) {
  EXPECT_TRUE(tracer_.wants_sample(kStart));
  begin(true);
  EXPECT_FALSE(tracer_.wants_sample(kStart + kMillisecond - 1));
  EXPECT_TRUE(tracer_.wants_sample(kStart + kMillisecond));
  TraceOptions options;
  options.sample_interval_ns = 0;
  LaneTracer never(stats_, options);
  EXPECT_FALSE(never.wants_sample(kStart));
}

TEST_F(LaneTracerTest, ASampleOfADiskWithoutTargetHasItsStages) {
  begin(true, 7000);
  slot_.held_ns = 20'000;
  end(nullptr, kStart + 50'000, kStart + 53'000);
  EXPECT_EQ(sampled_ns(IoStage::ring), 7000u);
  EXPECT_EQ(sampled_ns(IoStage::limit), 20'000u);
  EXPECT_EQ(sampled_ns(IoStage::target), 30'000u);
  EXPECT_EQ(sampled_ns(IoStage::completion), 3000u);
  EXPECT_EQ(sampled_ns(IoStage::total), 60'000u);
  EXPECT_EQ(stats_.trace.slow_requests.value(), 0u);
}

TEST_F(LaneTracerTest, TheStagesOfATargetAddUp) {
  begin(true);
  BlockTrace told;
  told.path_ns = 100'000;
  told.fence_ns = 50'000;
  told.sent_ns = kStart + 200'000;
  told.first_data_ns = kStart + 700'000;
  told.answered_ns = kStart + 900'000;
  end(&told, kStart + 900'000, kStart + 910'000);
  EXPECT_EQ(sampled_ns(IoStage::path), 150'000u);
  EXPECT_EQ(sampled_ns(IoStage::engine), 50'000u);
  EXPECT_EQ(sampled_ns(IoStage::target), 500'000u);
  EXPECT_EQ(sampled_ns(IoStage::transfer), 200'000u);
  EXPECT_EQ(sampled_ns(IoStage::completion), 10'000u);
  EXPECT_EQ(sampled_ns(IoStage::total), 910'000u);
}

TEST_F(LaneTracerTest, ASlowRequestIsRecordedAndNoSample) {
  begin(false);
  EXPECT_EQ(slot_.trace_from_ns, kStart + 10 * kMillisecond);
  slot_.op = BlockOp::write;
  slot_.offset_bytes = 4096;
  BlockTrace told;
  told.sent_ns = kStart + 1000;
  told.r2t_ns = kStart + 3'000'000;
  told.answered_ns = kStart + 480 * kMillisecond;
  told.task_tag = 77;
  told.path = 1;
  told.lost_path = 2;
  end(&told, kStart + 480 * kMillisecond, kStart + 481 * kMillisecond);
  EXPECT_EQ(sampled_ns(IoStage::total), 0u);
  EXPECT_EQ(stats_.trace.slow_requests.value(), 1u);
  const SlowRequest slow = only_slow();
  EXPECT_EQ(slow.end_ns, kStart + 481 * kMillisecond);
  EXPECT_EQ(slow.op, BlockOp::write);
  EXPECT_EQ(slow.offset_bytes, 4096u);
  EXPECT_EQ(slow.ring, 3u);
  EXPECT_EQ(slow.stage_us(IoStage::ring), SlowRequest::kUnknown);
  EXPECT_EQ(slow.stage_us(IoStage::target), 479'999u);
  EXPECT_EQ(slow.stage_us(IoStage::total), 481'000u);
  EXPECT_EQ(slow.sent_us, 1u);
  EXPECT_EQ(slow.r2t_us, 3000u);
  EXPECT_EQ(slow.first_data_us, SlowRequest::kUnknown);
  EXPECT_EQ(slow.answered_us, 480'000u);
  EXPECT_EQ(slow.task_tag, 77u);
  EXPECT_EQ(slow.path, 1u);
  EXPECT_EQ(slow.lost_path, 2u);
}

TEST_F(LaneTracerTest, AWaitInTheRingAloneMakesARequestSlow) {
  begin(true, 300 * kMillisecond);
  end(nullptr, kStart + 1000, kStart + 2000);
  EXPECT_EQ(only_slow().stage_us(IoStage::ring), 300'000u);
}

TEST_F(LaneTracerTest, WhatIsSlowCanBeSetWhileItRuns) {
  stats_.trace.set_slow_ns(kMillisecond);
  begin(false);
  EXPECT_EQ(slot_.trace_from_ns, kStart + kMillisecond);
}

TEST_F(LaneTracerTest, MoreThanItHasRoomForInATurnAreLeftOut) {
  begin(true);
  for (int i = 0; i < 100; ++i) tracer_.end(slot_, Status::ok, nullptr, kStart + 1);
  tracer_.settle(kStart + 2);
  EXPECT_LT(stats_.trace.samples.value(), 100u);
  EXPECT_GT(stats_.trace.samples.value(), 0u);
}

TEST(StageSummary, CountsUpToItsBounds) {
  CoarseHistogram histogram;
  for (const uint64_t duration_ns : {1'000u, 20'000u, 25'000u, 5'000'000u}) histogram.record(duration_ns);
  histogram.record(60 * kSecond);
  const StageSummary summary = stage_summary_of(histogram);
  EXPECT_EQ(summary.latency.count, 5u);
  EXPECT_EQ(summary.up_to[0], 1u);  // 10 us
  EXPECT_EQ(summary.up_to[1], 3u);  // 30 us
  EXPECT_EQ(summary.up_to[5], 3u);  // 3 ms
  EXPECT_EQ(summary.up_to[6], 4u);  // 10 ms
  EXPECT_EQ(summary.up_to.back(), 4u);
}

}  // namespace
}  // namespace laneway
