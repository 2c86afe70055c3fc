#include "frontend/lane_tracer.h"

#include "frontend/blk_ring.h"

namespace laneway {

namespace {

uint64_t rest(uint64_t whole_ns, uint64_t part_ns) { return whole_ns > part_ns ? whole_ns - part_ns : 0; }

// Where the time between taken and answered went. `told` is null where there is no target.
StageTimes stages_of(const BlkSlot& slot, const BlockTrace* told, uint64_t now_ns) {
  StageTimes times{};
  const auto at = [&](IoStage stage) -> uint64_t& { return times[static_cast<size_t>(stage)]; };
  uint64_t left_ns = now_ns - slot.start_ns;
  const auto spend = [&](IoStage stage, uint64_t duration_ns) {
    duration_ns = std::min(duration_ns, left_ns);
    at(stage) += duration_ns;
    left_ns -= duration_ns;
  };
  spend(IoStage::limit, slot.held_ns);
  if (told == nullptr) {
    spend(IoStage::target, left_ns);
    return times;
  }
  spend(IoStage::path, told->path_ns + told->fence_ns);
  const uint64_t end_ns = told->answered_ns != 0 ? told->answered_ns : now_ns;
  const uint64_t data_ns = told->first_data_ns != 0 ? told->first_data_ns : end_ns;
  spend(IoStage::transfer, rest(end_ns, data_ns));
  if (told->sent_ns != 0) spend(IoStage::target, rest(data_ns, told->sent_ns));
  spend(IoStage::target, told->earlier_ns + told->busy_ns);
  spend(IoStage::engine, left_ns);
  return times;
}

uint32_t since(const BlkSlot& slot, uint64_t time_ns) {
  return time_ns == 0 ? SlowRequest::kUnknown : micros_of(rest(time_ns, slot.start_ns));
}

void note_trace(const BlkSlot& slot, const BlockTrace& told, SlowRequest& out) {
  out.has_target = 1;
  out.slot_us = micros_of(told.slot_ns);
  out.window_us = micros_of(told.window_ns);
  out.lost_us = micros_of(told.path_ns);
  out.fence_us = micros_of(told.fence_ns);
  out.busy_us = micros_of(told.busy_ns);
  out.sent_us = since(slot, told.sent_ns);
  out.r2t_us = since(slot, told.r2t_ns);
  out.first_data_us = since(slot, told.first_data_ns);
  out.answered_us = since(slot, told.answered_ns);
  out.task_tag = told.task_tag;
  out.path = told.path;
  out.lost_path = told.lost_path;
  out.queue = told.queue;
  out.replays = told.replays;
  out.retries = told.retries;
}

}  // namespace

LaneTracer::LaneTracer(FunctionStats& stats, const TraceOptions& options)
    : stats_(stats), options_(options), next_ns_(options.sample_interval_ns == 0 ? kNever : 0) {}

void LaneTracer::sample(BlkSlot& slot, uint64_t ring_wait_ns, uint64_t now_ns) {
  next_ns_ = now_ns + options_.sample_interval_ns;
  slot.trace_from_ns = 0;
  slot.ring_wait_ns = ring_wait_ns;
}

void LaneTracer::end(const BlkSlot& slot, Status status, const BlockTrace* told, uint64_t now_ns) {
  if (ended_ == kEndedMax) return;
  Ended& ended = ends_[ended_++];
  ended.is_sampled = slot.trace_from_ns == 0;
  ended.answered_ns = now_ns;
  ended.times = stages_of(slot, told, now_ns);
  if (ended.is_sampled) ended.times[static_cast<size_t>(IoStage::ring)] = slot.ring_wait_ns;
  ended.taken_ns = slot.start_ns;
  // A sample is mostly not slow: what only people read is not filled in.
  const uint64_t known_ns = rest(now_ns, slot.start_ns) + (ended.is_sampled ? slot.ring_wait_ns : 0);
  ended.is_slow = known_ns >= stats_.trace.slow_ns();
  if (!ended.is_slow) return;
  SlowRequest& request = ended.request = SlowRequest();
  request.offset_bytes = slot.offset_bytes;
  request.length_bytes = slot.length_bytes;
  request.op = slot.op;
  request.status = status;
  request.ring = static_cast<uint16_t>(slot.ring->index());
  request.held_by = slot.held_by;
  if (told != nullptr) note_trace(slot, *told, request);
}

void LaneTracer::settle(uint64_t now_ns) {
  for (uint32_t i = 0; i < ended_; ++i) {
    Ended& ended = ends_[i];
    StageTimes& times = ended.times;
    const uint64_t ring_ns = times[static_cast<size_t>(IoStage::ring)];
    times[static_cast<size_t>(IoStage::completion)] = rest(now_ns, ended.answered_ns);
    times[static_cast<size_t>(IoStage::total)] = ring_ns + rest(now_ns, ended.taken_ns);
    if (ended.is_sampled) {
      stats_.trace.stages.record(times);
      stats_.trace.samples.add(1);
    }
    if (!ended.is_slow) continue;
    stats_.trace.slow_requests.add(1);
    SlowRequest& request = ended.request;
    request.end_ns = now_ns;
    for (size_t stage = 0; stage < kIoStages; ++stage) request.stages_us[stage] = micros_of(times[stage]);
    if (!ended.is_sampled) request.stages_us[static_cast<size_t>(IoStage::ring)] = SlowRequest::kUnknown;
    stats_.trace.recorder.record(request);
  }
  ended_ = 0;
}

}  // namespace laneway
