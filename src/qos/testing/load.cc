#include "qos/testing/load.h"

#include <algorithm>

namespace laneway {

Load::Load(Reactor& reactor, BlockDevice& device, uint32_t depth, std::vector<LoadStep> steps)
    : reactor_(reactor), queue_(std::move(*device.open_queue(reactor))), depth_(depth), steps_(std::move(steps)) {
  reactor_.add(static_cast<Poller&>(*this));
}

Load::~Load() {
  depth_ = 0;
  queue_->drain();
  while (!queue_->is_drained()) queue_->poll(reactor_.now_ns());
  reactor_.remove(static_cast<Poller&>(*this));
}

void Load::submit(const LoadStep& step, uint64_t deadline_ns) {
  if (free_.empty()) free_.push_back(&requests_.emplace_back());
  Request& request = *free_.back();
  free_.pop_back();
  request.op = step.op;
  request.length_bytes = step.bytes;
  request.offset_bytes = next_ * 4096;
  request.owner = this;
  request.deadline_ns = deadline_ns;
  request.number = next_++;
  request.start_ns = reactor_.now_ns();
  ++under_way;
  BlockRequest* one = &request;
  queue_->submit({&one, 1});
}

uint32_t Load::poll(uint64_t now_ns) {
  uint32_t work = 0;
  for (; under_way < depth_; ++work) submit(steps_[next_ % steps_.size()]);
  if (queue_->wants_poll()) work += queue_->poll(now_ns);
  return work;
}

void Load::finish(BlockRequest& request, Status status) {
  auto& own = static_cast<Request&>(request);
  ended.push_back({own.number, status, own.op, own.length_bytes, own.start_ns, reactor_.now_ns()});
  free_.push_back(&own);
  --under_way;
}

uint64_t Load::count_between(uint64_t from_ns, uint64_t to_ns) const {
  return static_cast<uint64_t>(std::count_if(ended.begin(), ended.end(), [=](const Ended& each) {
    return each.time_ns >= from_ns && each.time_ns < to_ns && each.status == Status::ok;
  }));
}

uint64_t Load::bytes_between(uint64_t from_ns, uint64_t to_ns) const {
  uint64_t bytes = 0;
  for (const Ended& each : ended) {
    if (each.time_ns >= from_ns && each.time_ns < to_ns && each.status == Status::ok) bytes += each.bytes;
  }
  return bytes;
}

void QosBench::run_for(uint64_t duration_ns, uint64_t late_ns) {
  const uint64_t end_ns = kernel.time_ns + duration_ns;
  while (kernel.time_ns < end_ns) {
    while (reactor.turn()) kernel.time_ns += 100;
    kernel.sleeps_until_ns = kernel.time_ns;
    reactor.sleep_until_work();
    const uint64_t until_ns = kernel.sleeps_until_ns == kNever ? end_ns : kernel.sleeps_until_ns + late_ns;
    kernel.time_ns = std::min(end_ns, std::max(until_ns, kernel.time_ns + 1));
  }
}

}  // namespace laneway
