#pragma once
// The stages of a guest's request, from its ring and back, and the time that sampled requests spent in each
// (docs/where-did-my-io-go.md). Written by one lane, read by any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/histogram.h"

namespace laneway {

enum class IoStage : uint8_t {
  ring,        // in the guest's ring, as far as it can be known
  limit,       // held by limits
  path,        // for a path, a fence, or an answer that was lost with its path
  engine,      // taken until sent, but for the above
  target,      // network and target; the disk itself where there is no target
  transfer,    // a read: from its first data to its last
  completion,  // answered until the guest was told
  total,
};
constexpr size_t kIoStages = static_cast<size_t>(IoStage::total) + 1;

constexpr std::string_view io_stage_name(IoStage stage) {
  constexpr std::array<std::string_view, kIoStages> kNames = {"ring",   "limit",    "path",   "engine",
                                                              "target", "transfer", "return", "total"};
  return kNames[static_cast<size_t>(stage)];
}

// By IoStage, in nanoseconds.
using StageTimes = std::array<uint64_t, kIoStages>;

class StageHistograms {
 public:
  CoarseHistogram& of(IoStage stage) { return histograms_[static_cast<size_t>(stage)]; }
  const CoarseHistogram& of(IoStage stage) const { return histograms_[static_cast<size_t>(stage)]; }

  // The writer's thread.
  void record(const StageTimes& times) {
    for (size_t i = 0; i < kIoStages; ++i) histograms_[i].record(times[i]);
  }
  void clear() {
    for (CoarseHistogram& histogram : histograms_) histogram.clear();
  }
  void merge(const StageHistograms& other) {
    for (size_t i = 0; i < kIoStages; ++i) histograms_[i].merge(other.histograms_[i]);
  }

 private:
  std::array<CoarseHistogram, kIoStages> histograms_;
};

// What the histogram of a stage says: a summary, and counts that can be added up over functions and hosts.
struct StageSummary {
  // The ends of the ranges that are counted, but for the last range, which has none.
  static constexpr std::array<uint64_t, 12> kBoundsNs = {10'000,      30'000,      100'000,       300'000,
                                                         1'000'000,   3'000'000,   10'000'000,    30'000'000,
                                                         100'000'000, 300'000'000, 1'000'000'000, 10'000'000'000};

  LatencySummary latency;
  uint64_t total_ns = 0;
  std::array<uint64_t, kBoundsNs.size()> up_to{};  // that took as long at most: cumulative, within an eighth
};
StageSummary stage_summary_of(const CoarseHistogram& histogram);

}  // namespace laneway
