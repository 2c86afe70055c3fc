#include "frontend/io_stages.h"

namespace laneway {

StageSummary stage_summary_of(const CoarseHistogram& histogram) {
  StageSummary out;
  out.latency = summary_of(histogram);
  out.total_ns = histogram.total_ns();
  uint64_t seen = 0;
  size_t bound = 0;
  for (uint32_t i = 0; i < CoarseHistogram::kBuckets; ++i) {
    while (bound < out.up_to.size() && CoarseHistogram::bucket_end_ns(i) > StageSummary::kBoundsNs[bound]) {
      out.up_to[bound++] = seen;
    }
    seen += histogram.count_in(i);
  }
  while (bound < out.up_to.size()) out.up_to[bound++] = seen;
  return out;
}

}  // namespace laneway
