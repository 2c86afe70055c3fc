#pragma once
// FunctionWatch looks at one function now and then, and says what has changed for its operator: limits, paths, its
// target, its disk. It also decides what counts as a slow request. A stepper over figures; the watch thread's.

#include <map>
#include <string>
#include <vector>

#include "block/disk_health.h"
#include "engine/event_log.h"
#include "frontend/io_stages.h"
#include "qos/throttle.h"

namespace laneway {

struct WatchLimits {
  uint64_t slow_ns = 10 * kMillisecond;         // a request that takes as long is slow
  uint64_t slow_target_ns = 20 * kMillisecond;  // as is a target, at the 99th percentile of its samples
};

// How a path was at one look.
struct PathPulse {
  uint32_t id = 0;
  std::string place;  // "path 1 (LUN 0 of target east)"
  bool is_failed = false;
  bool is_out = false;  // by the operator
  uint64_t losses = 0;  // of its sessions, so far
  std::string error;
};

// How a function was at one look.
struct FunctionPulse {
  std::string name;
  bool has_target = false;
  Throttle::Counters throttle;
  DiskHealth health;
  std::vector<PathPulse> paths;
  uint64_t samples = 0;
  // Where there are more samples than at the last look; else null. Of all samples so far.
  const StageHistograms* stages = nullptr;
};

class FunctionWatch {
 public:
  // For how long a condition lasts before it is told of, or is over.
  static constexpr uint64_t kTargetPatienceNs = 10 * kSecond;
  static constexpr uint64_t kLimitPatienceNs = 5 * kSecond;

  explicit FunctionWatch(const WatchLimits& limits) : limits_(limits), slow_ns_(limits.slow_ns) {}

  uint64_t samples() const { return samples_; }
  void look(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events);
  // What a slow request is now: less than the operator's figure where the function is usually much faster.
  uint64_t slow_ns() const { return slow_ns_; }

 private:
  struct PathMemory {
    bool is_failed = false;
    uint64_t losses = 0;
  };

  void look_at_limits(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events);
  void look_at_paths(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events);
  void look_at_path(const FunctionPulse& pulse, const PathPulse& path, uint64_t now_ns, EventLog& events);
  void look_at_health(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events);
  void look_at_stages(const FunctionPulse& pulse, uint64_t now_ns, EventLog& events);
  void look_at_target(const FunctionPulse& pulse, uint64_t p99_ns, uint64_t now_ns, EventLog& events);

  // Fixed after construction
  const WatchLimits limits_;

  // The watch thread's
  bool has_looked_ = false;
  Throttle::Counters throttle_;
  bool is_limited_ = false;
  uint64_t limited_since_ns_ = 0;
  uint64_t held_at_ns_ = 0;  // when a limit was last seen to hold something
  std::map<uint32_t, PathMemory> paths_;
  std::string health_reason_;
  uint64_t samples_ = 0;
  CoarseHistogram targets_, totals_;  // at the last look
  uint64_t usual_p99_ns_ = 0;         // of all stages, lately
  uint64_t slow_ns_;
  bool is_target_slow_ = false;
  uint64_t target_turned_ns_ = 0;  // since when it has been otherwise than is_target_slow_; 0: it has not
};

}  // namespace laneway
