#include "frontend/flight_recorder.h"

namespace laneway {

namespace {

bool is_same(const SlowRequest& a, const SlowRequest& b) {
  return a.end_ns == b.end_ns && a.offset_bytes == b.offset_bytes && a.task_tag == b.task_tag && a.ring == b.ring &&
         a.stages_us == b.stages_us;
}

}  // namespace

void FlightRecorder::record(const SlowRequest& request) {
  last_[next_].write(request);
  next_ = (next_ + 1) % kLast;
  // The first that is too old gives way, else the least slow one.
  const uint32_t total_us = request.stage_us(IoStage::total);
  uint32_t least = 0;
  for (uint32_t i = 0; i < kSlowest; ++i) {
    if (ranks_[i].end_ns + kSlowestForNs < request.end_ns) ranks_[i].total_us = 0;
    if (ranks_[i].total_us < ranks_[least].total_us) least = i;
  }
  if (total_us <= ranks_[least].total_us) return;
  ranks_[least] = {request.end_ns, total_us};
  slowest_[least].write(request);
}

void FlightRecorder::add_to(std::vector<SlowRequest>& out) const {
  const size_t begin = out.size();
  for (const auto& cell : last_) {
    if (const auto request = cell.read()) out.push_back(*request);
  }
  const size_t end = out.size();
  for (const auto& cell : slowest_) {
    const auto request = cell.read();
    if (!request) continue;
    const auto is_known = [&](const SlowRequest& other) { return is_same(other, *request); };
    if (std::none_of(out.begin() + static_cast<ptrdiff_t>(begin), out.begin() + static_cast<ptrdiff_t>(end), is_known))
      out.push_back(*request);
  }
}

}  // namespace laneway
