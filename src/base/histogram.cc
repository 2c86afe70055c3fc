#include "base/histogram.h"

#include <algorithm>

namespace laneway {

uint64_t Histogram::count() const {
  uint64_t count = 0;
  for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
  return count;
}

uint64_t Histogram::percentile_ns(uint32_t per_million) const {
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

}  // namespace laneway
