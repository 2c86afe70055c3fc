#include "base/histogram.h"

#include <algorithm>

namespace laneway {

template <uint32_t SubBits>
void HistogramOf<SubBits>::merge(const HistogramOf& other) {
  for (uint32_t i = 0; i < kBuckets; ++i) bump(buckets_[i], other.count_in(i));
  bump(total_ns_, other.total_ns());
  if (other.max_ns() > max_ns()) max_ns_.store(other.max_ns(), std::memory_order_relaxed);
}

template <uint32_t SubBits>
void HistogramOf<SubBits>::subtract(const HistogramOf& other) {
  for (uint32_t i = 0; i < kBuckets; ++i) bump(buckets_[i], -other.count_in(i));
  bump(total_ns_, -other.total_ns());
}

template <uint32_t SubBits>
void HistogramOf<SubBits>::clear() {
  for (auto& bucket : buckets_) bucket.store(0, std::memory_order_relaxed);
  total_ns_.store(0, std::memory_order_relaxed);
  max_ns_.store(0, std::memory_order_relaxed);
}

template <uint32_t SubBits>
uint64_t HistogramOf<SubBits>::count() const {
  uint64_t count = 0;
  for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
  return count;
}

template <uint32_t SubBits>
uint64_t HistogramOf<SubBits>::percentile_ns(uint32_t per_million) const {
  const uint64_t total = count();
  if (total == 0) return 0;
  // The rank is rounded up: the value that at least this share does not exceed.
  const uint64_t rank = std::max<uint64_t>(
      1, (total / 1'000'000) * per_million + ((total % 1'000'000) * per_million + 999'999) / 1'000'000);
  uint64_t seen = 0;
  for (uint32_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen >= rank) return std::min(bucket_end_ns(i), max_ns());
  }
  return max_ns();
}

template <uint32_t SubBits>
LatencySummary summary_of(const HistogramOf<SubBits>& histogram) {
  LatencySummary out;
  out.count = histogram.count();
  if (out.count == 0) return out;
  out.mean_ns = histogram.total_ns() / out.count;
  out.p50_ns = histogram.percentile_ns(500'000);
  out.p90_ns = histogram.percentile_ns(900'000);
  out.p99_ns = histogram.percentile_ns(990'000);
  out.p999_ns = histogram.percentile_ns(999'000);
  out.p9999_ns = histogram.percentile_ns(999'900);
  out.max_ns = histogram.max_ns();
  return out;
}

template class HistogramOf<3>;
template class HistogramOf<4>;
template class HistogramOf<7>;
template LatencySummary summary_of(const HistogramOf<3>& histogram);
template LatencySummary summary_of(const HistogramOf<4>& histogram);
template LatencySummary summary_of(const HistogramOf<7>& histogram);

}  // namespace laneway
