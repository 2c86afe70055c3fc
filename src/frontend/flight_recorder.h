#pragma once
// FlightRecorder keeps the last slow requests of one lane, and of those of the last hour the slowest, which many that
// are a little slow must not push out. Written by the lane, read by any thread. Fixed size, no allocation.

#include <array>
#include <vector>

#include "base/seq_cell.h"
#include "frontend/slow_request.h"

namespace laneway {

class FlightRecorder {
 public:
  static constexpr uint32_t kLast = 48;
  static constexpr uint32_t kSlowest = 16;
  static constexpr uint64_t kSlowestForNs = 3600 * kSecond;

  // The lane's reactor.
  void record(const SlowRequest& request);

  // Any thread: adds those it has, each once, in no order.
  void add_to(std::vector<SlowRequest>& out) const;

 private:
  struct Rank {
    uint64_t end_ns = 0;
    uint32_t total_us = 0;
  };

  // The lane's reactor
  uint32_t next_ = 0;
  std::array<Rank, kSlowest> ranks_{};
  // Any thread
  std::array<SeqCell<SlowRequest>, kLast> last_;
  std::array<SeqCell<SlowRequest>, kSlowest> slowest_;
};

}  // namespace laneway
