#pragma once
// FinishTally adds up the requests that finish in a turn before they go into a function's statistics: most of them
// began together and end together, and count as one. Owned by a device. Home reactor only.

#include <array>
#include <cstdint>

#include "block/block.h"
#include "frontend/function_stats.h"

namespace laneway {

class FinishTally {
 public:
  explicit FinishTally(FunctionStats& stats) : stats_(stats) {}

  // A request of `length_bytes` that began at `start_ns` finishes in the turn of `turn_ns`, or soon after that time.
  void add(BlockOp op, uint64_t length_bytes, uint64_t start_ns, uint64_t turn_ns) {
    Group& group = groups_[static_cast<size_t>(op)];
    if (group.start_ns != start_ns && group.count > 0) settle(op, turn_ns);
    group.start_ns = start_ns;
    group.length_bytes += length_bytes;
    ++group.count;
  }
  // All that was added has finished by `now_ns`.
  void settle(uint64_t now_ns);

 private:
  struct Group {
    uint64_t start_ns = 0;
    uint64_t length_bytes = 0;
    uint64_t count = 0;
  };
  static constexpr size_t kOps = static_cast<size_t>(BlockOp::write_zeroes) + 1;

  void settle(BlockOp op, uint64_t now_ns);

  FunctionStats& stats_;
  std::array<Group, kOps> groups_;  // by operation
};

}  // namespace laneway
