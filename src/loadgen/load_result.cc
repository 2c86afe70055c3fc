#include "loadgen/load_result.h"

namespace laneway {

LatencyFigures figures_of(const FineHistogram& histogram) {
  LatencyFigures figures;
  figures.count = histogram.count();
  if (figures.count == 0) return figures;
  figures.mean_ns = histogram.total_ns() / figures.count;
  figures.p50_ns = histogram.percentile_ns(500'000);
  figures.p90_ns = histogram.percentile_ns(900'000);
  figures.p99_ns = histogram.percentile_ns(990'000);
  figures.p999_ns = histogram.percentile_ns(999'000);
  figures.p9999_ns = histogram.percentile_ns(999'900);
  figures.max_ns = histogram.max_ns();
  for (uint32_t i = 0; i < FineHistogram::kBuckets; ++i) {
    if (histogram.count_in(i) > 0) figures.bars.push_back({FineHistogram::bucket_end_ns(i), histogram.count_in(i)});
  }
  return figures;
}

}  // namespace laneway
