#pragma once
// HistogramOf<S> counts durations in log-linear buckets: 2^S a power of two, so that a percentile is off by at most one
// part in 2^S. Histogram (S = 4) is small enough for every function, CoarseHistogram (S = 3) for several of each;
// FineHistogram (S = 7) is for measuring. One thread records; any thread reads, and sees a recent state. Fixed size, no
// allocation.

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace laneway {

template <uint32_t SubBits>
class HistogramOf {
 public:
  static constexpr uint32_t kSubBits = SubBits;
  static constexpr uint32_t kSubBuckets = 1u << kSubBits;
  static constexpr uint32_t kExponentMax = 40;  // 2^40 ns, 18 minutes: longer durations count as that long
  static constexpr uint32_t kBuckets = (kExponentMax - kSubBits + 1) * kSubBuckets;

  // The writer's thread.
  void record(uint64_t duration_ns, uint64_t times = 1) {
    // Relaxed throughout: a single writer, and readers want only recent values.
    bump(buckets_[bucket_of(duration_ns)], times);
    bump(total_ns_, duration_ns * times);
    if (duration_ns > max_ns_.load(std::memory_order_relaxed)) max_ns_.store(duration_ns, std::memory_order_relaxed);
  }

  // The writer's thread; `other` may be written meanwhile.
  void merge(const HistogramOf& other);
  // Takes away what was merged before; max_ns() stays.
  void subtract(const HistogramOf& other);
  void clear();

  // Any thread.
  uint64_t count() const;
  uint64_t count_in(uint32_t bucket) const { return buckets_[bucket].load(std::memory_order_relaxed); }
  uint64_t total_ns() const { return total_ns_.load(std::memory_order_relaxed); }
  uint64_t max_ns() const { return max_ns_.load(std::memory_order_relaxed); }
  // The duration that `per_million` of a million recorded ones do not exceed: the upper end of its bucket, at most
  // max_ns(). 0 where nothing was recorded.
  uint64_t percentile_ns(uint32_t per_million) const;

  static constexpr uint32_t bucket_of(uint64_t duration_ns) {
    if (duration_ns < kSubBuckets) return static_cast<uint32_t>(duration_ns);
    const auto exponent = static_cast<uint32_t>(std::bit_width(duration_ns)) - 1;
    if (exponent >= kExponentMax) return kBuckets - 1;
    const auto sub = static_cast<uint32_t>(duration_ns >> (exponent - kSubBits)) & (kSubBuckets - 1);
    return (exponent - kSubBits + 1) * kSubBuckets + sub;
  }
  // The largest duration of a bucket.
  static constexpr uint64_t bucket_end_ns(uint32_t bucket) {
    if (bucket < kSubBuckets) return bucket;
    const uint32_t shift = bucket / kSubBuckets - 1;
    return ((uint64_t{kSubBuckets} + bucket % kSubBuckets + 1) << shift) - 1;
  }

 private:
  static void bump(std::atomic<uint64_t>& value, uint64_t amount) {
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }

  // Any thread (atomic)
  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
  std::atomic<uint64_t> total_ns_{0};
  std::atomic<uint64_t> max_ns_{0};
};

using CoarseHistogram = HistogramOf<3>;
using Histogram = HistogramOf<4>;
using FineHistogram = HistogramOf<7>;

// What a histogram says in a few figures; all 0 where nothing was recorded.
struct LatencySummary {
  uint64_t count = 0;
  uint64_t mean_ns = 0;
  uint64_t p50_ns = 0;
  uint64_t p90_ns = 0;
  uint64_t p99_ns = 0;
  uint64_t p999_ns = 0;
  uint64_t p9999_ns = 0;
  uint64_t max_ns = 0;
};
template <uint32_t SubBits>
LatencySummary summary_of(const HistogramOf<SubBits>& histogram);

extern template class HistogramOf<3>;
extern template class HistogramOf<4>;
extern template class HistogramOf<7>;
extern template LatencySummary summary_of(const HistogramOf<3>& histogram);
extern template LatencySummary summary_of(const HistogramOf<4>& histogram);
extern template LatencySummary summary_of(const HistogramOf<7>& histogram);

}  // namespace laneway
