#include "loadgen/load_result.h"

namespace laneway {

LatencyFigures figures_of(const FineHistogram& histogram) {
  LatencyFigures figures{summary_of(histogram), {}};
  for (uint32_t i = 0; i < FineHistogram::kBuckets; ++i) {
    if (histogram.count_in(i) > 0) figures.bars.push_back({FineHistogram::bucket_end_ns(i), histogram.count_in(i)});
  }
  return figures;
}

}  // namespace laneway
