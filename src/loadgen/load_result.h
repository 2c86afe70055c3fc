#pragma once
// LoadResult is what a load run measured. Times in nanoseconds, sizes in bytes; everything counts the measured time
// only, unless it says otherwise. Plain data; any thread.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/histogram.h"

namespace laneway {

struct LatencyFigures : LatencySummary {
  // A bar of the histogram: `count` requests took at most `end_ns`, and more than the bar before.
  struct Bar {
    uint64_t end_ns = 0;
    uint64_t count = 0;
  };

  std::vector<Bar> bars;
};

LatencyFigures figures_of(const FineHistogram& histogram);

struct DiskResult {
  std::string socket;
  uint64_t capacity_bytes = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t features = 0;
  pid_t server_pid = 0;  // 0: unknown
  std::string server_program;
  uint64_t attach_ns = 0;     // from the first message to running rings
  uint64_t share_ns = 0;      // of this: the memory table, until the server had taken it
  uint64_t memory_bytes = 0;  // of the pretended guest
  bool has_inflight = false;  // the client keeps an in-flight region
};

struct LoadResult {
  double seconds = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t block_bytes = 0;
  uint64_t errors = 0;       // whole run: requests that ended with a status other than OK
  uint64_t late = 0;         // fixed load: requests that were due and could not be asked for in time
  uint64_t kicks = 0;        // system calls to wake the server
  uint64_t sleeps = 0;       // whole run: times that the client slept
  uint64_t verified = 0;     // whole run: blocks read and found right
  uint64_t corruptions = 0;  // whole run: and found wrong
  std::string first_problem;
  double rate_asked_iops = 0;  // 0: as fast as it goes
  bool has_server_time = false;
  double server_cpu_seconds = 0;
  // Whole run, at its end: the proportional share (PSS) of all servers; 0: cannot be seen.
  uint64_t server_memory_bytes = 0;
  double client_cpu_seconds = 0;
  bool is_indirect = false;
  bool has_event_idx = false;
  std::vector<DiskResult> disks;
  LatencyFigures read_latency;
  LatencyFigures write_latency;

  uint64_t requests() const { return reads + writes; }
  double iops() const { return seconds > 0 ? static_cast<double>(requests()) / seconds : 0; }
  double bytes_per_second() const { return iops() * static_cast<double>(block_bytes); }
  double per_million(double cpu_seconds) const {
    return requests() > 0 ? cpu_seconds * 1e6 / static_cast<double>(requests()) : 0;
  }
  // No request failed and nothing was found damaged.
  bool is_clean() const { return errors == 0 && corruptions == 0; }
};

}  // namespace laneway
