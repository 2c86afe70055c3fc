#include "frontend/finish_tally.h"

#include <utility>

namespace laneway {

void FinishTally::settle(uint64_t now_ns) {
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].count > 0) settle(static_cast<BlockOp>(i), now_ns);
  }
}

void FinishTally::settle(BlockOp op, uint64_t now_ns) {
  const Group group = std::exchange(groups_[static_cast<size_t>(op)], {});
  const uint64_t latency_ns = now_ns - group.start_ns;
  switch (op) {
    case BlockOp::read:
      stats_.reads.add(group.count);
      stats_.read_bytes.add(group.length_bytes);
      stats_.read_latency.record(latency_ns, group.count);
      break;
    case BlockOp::write:
      stats_.writes.add(group.count);
      stats_.write_bytes.add(group.length_bytes);
      stats_.write_latency.record(latency_ns, group.count);
      break;
    case BlockOp::flush:
      stats_.flushes.add(group.count);
      stats_.flush_latency.record(latency_ns, group.count);
      break;
    case BlockOp::discard:
      stats_.discards.add(group.count);
      stats_.discard_bytes.add(group.length_bytes);
      stats_.write_latency.record(latency_ns, group.count);
      break;
    case BlockOp::write_zeroes:
      stats_.write_zeroes.add(group.count);
      stats_.write_zeroes_bytes.add(group.length_bytes);
      stats_.write_latency.record(latency_ns, group.count);
      break;
  }
}

}  // namespace laneway
