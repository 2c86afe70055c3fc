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
  const auto record = [&](StatCounter& requests, StatCounter* bytes, Histogram& latency) {
    requests.add(group.count);
    if (bytes != nullptr) bytes->add(group.length_bytes);
    latency.record(latency_ns, group.count);
  };
  switch (op) {
    case BlockOp::read:
      return record(stats_.reads, &stats_.read_bytes, stats_.read_latency);
    case BlockOp::write:
      return record(stats_.writes, &stats_.write_bytes, stats_.write_latency);
    case BlockOp::flush:
      return record(stats_.flushes, nullptr, stats_.flush_latency);
    case BlockOp::discard:
      return record(stats_.discards, &stats_.discard_bytes, stats_.write_latency);
    case BlockOp::write_zeroes:
      return record(stats_.write_zeroes, &stats_.write_zeroes_bytes, stats_.write_latency);
  }
}

}  // namespace laneway
