#include "base/histogram.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.percentile_ns(990'000), 0u);
}

TEST(Histogram, EveryDurationFallsIntoABucketThatEndsAtMostASixteenthLater) {
  for (uint64_t duration = 0; duration < 5'000'000; duration += 1 + duration / 97) {
    const uint32_t bucket = Histogram::bucket_of(duration);
    ASSERT_LT(bucket, Histogram::kBuckets);
    const uint64_t end = Histogram::bucket_end_ns(bucket);
    ASSERT_GE(end, duration);
    ASSERT_LE(end - duration, duration / 16);
    if (bucket > 0) {
      ASSERT_LT(Histogram::bucket_end_ns(bucket - 1), duration);
    }
  }
}

TEST(Histogram, VeryLongDurationsCountInTheLastBucket) {
  Histogram histogram;
  histogram.record(UINT64_MAX / 2);
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_EQ(histogram.max_ns(), UINT64_MAX / 2);
  EXPECT_GT(histogram.percentile_ns(500'000), uint64_t{1} << 39);
}

TEST(Histogram, PercentilesOfAUniformRange) {
  Histogram histogram;
  for (uint64_t i = 1; i <= 10'000; ++i) histogram.record(i);
  EXPECT_EQ(histogram.count(), 10'000u);
  EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(500'000)), 5000.0, 5000.0 / 16);
  EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(990'000)), 9900.0, 9900.0 / 16);
  EXPECT_EQ(histogram.percentile_ns(1'000'000), 10'000u);
}

TEST(Histogram, OneSlowRequestInTenThousandShowsOnlyBeyondThe9999thPercentile) {
  Histogram histogram;
  for (int i = 0; i < 9'999; ++i) histogram.record(100);
  histogram.record(1'000'000);
  EXPECT_LE(histogram.percentile_ns(999'900), 106u);
  EXPECT_EQ(histogram.percentile_ns(1'000'000), 1'000'000u);
}

TEST(Histogram, TheFineOneIsOffByAtMostOnePartIn128) {
  for (uint64_t duration = 0; duration < 5'000'000; duration += 1 + duration / 97) {
    const uint64_t end = FineHistogram::bucket_end_ns(FineHistogram::bucket_of(duration));
    ASSERT_GE(end, duration);
    ASSERT_LE(end - duration, duration / 128);
  }
}

TEST(Histogram, ASummaryHoldsItsPercentiles) {
  FineHistogram histogram;
  EXPECT_EQ(summary_of(histogram).count, 0u);
  EXPECT_EQ(summary_of(histogram).p99_ns, 0u);
  for (uint64_t i = 1; i <= 10'000; ++i) histogram.record(i);
  const LatencySummary summary = summary_of(histogram);
  EXPECT_EQ(summary.count, 10'000u);
  EXPECT_EQ(summary.mean_ns, 5'000u);
  EXPECT_EQ(summary.p50_ns, histogram.percentile_ns(500'000));
  EXPECT_EQ(summary.p999_ns, histogram.percentile_ns(999'000));
  EXPECT_EQ(summary.max_ns, 10'000u);
}

TEST(Histogram, MergesAndClears) {
  Histogram first;
  Histogram second;
  first.record(10);
  second.record(1000);
  second.record(1000);
  first.merge(second);
  EXPECT_EQ(first.count(), 3u);
  EXPECT_EQ(first.total_ns(), 2010u);
  EXPECT_EQ(first.max_ns(), 1000u);
  EXPECT_EQ(first.percentile_ns(500'000), 1000u);
  first.clear();
  EXPECT_EQ(first.count(), 0u);
  EXPECT_EQ(first.max_ns(), 0u);
}

}  // namespace
}  // namespace laneway
