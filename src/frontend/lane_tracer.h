#pragma once
// LaneTracer says which requests of a lane are traced - a sample, and all that turn out slow - and where their time
// went: into the histograms of stages, and into the flight recorder. Part of a BlkLane; its reactor only.

#include <array>

#include "block/block_trace.h"
#include "frontend/blk_slot.h"
#include "frontend/function_stats.h"
#include "frontend/vhost_blk_options.h"

namespace laneway {

class LaneTracer {
 public:
  LaneTracer(FunctionStats& stats, const TraceOptions& options);

  // A request that is taken now and not sampled is traced where it ends then or later.
  uint64_t trace_from_ns(uint64_t now_ns) const { return now_ns + stats_.trace.slow_ns(); }
  // One of those that are taken now is to be sampled. By time and not by number: that bounds what samples cost, and
  // quiet functions have some too.
  bool wants_sample(uint64_t now_ns) const { return now_ns >= next_ns_; }
  // Which of so many: another one each time.
  uint32_t choice_among(uint32_t count) { return spread_++ % count; }
  void sample(BlkSlot& slot, uint64_t ring_wait_ns, uint64_t now_ns);

  // A traced request ends; settle() follows in the same turn. `told` is null where there is no target.
  void end(const BlkSlot& slot, Status status, const BlockTrace* told, uint64_t now_ns);
  bool has_ended() const { return ended_ > 0; }
  // The guest has been told of all that ended.
  void settle(uint64_t now_ns);

 private:
  static constexpr uint32_t kEndedMax = 16;  // a turn; more are not recorded

  struct Ended {
    SlowRequest request;
    StageTimes times{};  // all but completion and total
    uint64_t taken_ns = 0;
    uint64_t answered_ns = 0;
    bool is_sampled = false;
    bool is_slow = false;
  };

  // Fixed after construction
  FunctionStats& stats_;
  const TraceOptions options_;

  // Home reactor only
  uint64_t next_ns_ = 0;
  uint32_t spread_ = 0;
  uint32_t ended_ = 0;
  std::array<Ended, kEndedMax> ends_;
};

}  // namespace laneway
