#include "qos/throttled_queue.h"

#include <algorithm>

#include "block/request_cost.h"

namespace laneway {

namespace {

// How far minimums may push a group's paces ahead: what keeps the others from waiting for ever.
constexpr uint64_t kGroupLeadNs = kSecond;

QosCharge charge_of(const BlockRequest& request) {
  return {request.op == BlockOp::read, bytes_moved(request.op, request.length_bytes)};
}

}  // namespace

ThrottledQueue::ThrottledQueue(std::unique_ptr<BlockQueue> inner, Throttle& throttle, Reactor& reactor)
    : inner_(std::move(inner)), throttle_(throttle), reactor_(reactor) {}

ThrottledQueue::~ThrottledQueue() {
  LW_ASSERT(is_drained());
  reactor_.cancel(timer_);
  // Release: pairs with the acquire of whoever frees the plan.
  if (plan_ != nullptr) plan_->queues.fetch_sub(1, std::memory_order_release);
}

void ThrottledQueue::submit_in_line(std::span<BlockRequest* const> batch) {
  const uint64_t now_ns = reactor_.now_ns();
  for (BlockRequest* request : batch) {
    request->queue_word = now_ns;
    line_of(*request).requests.push_back(*request);
  }
  waiting_ += static_cast<uint32_t>(batch.size());
  if (has_news()) {
    adopt_plan(now_ns);
  } else {
    advance(now_ns);
  }
}

void ThrottledQueue::advance(uint64_t now_ns) {
  uint64_t next_ns = kNever;
  for (Line& line : lines_) {
    while (BlockRequest* first = line.requests.front()) {
      const uint64_t go_ns = time_of_first(line, now_ns);
      if (go_ns > now_ns) {
        next_ns = std::min(next_ns, go_ns);
        break;
      }
      line.stage = Stage::nowhere;
      line.requests.pop_front();
      first->held_by = line.held_by;
      let_go(*first, now_ns);
    }
  }
  pass_on();
  report_waiting();
  if (next_ns == kNever) {
    reactor_.cancel(timer_);
  } else if (!timer_.is_armed() || timer_.deadline_ns() != next_ns) {
    reactor_.arm(timer_, next_ns);
  }
}

uint64_t ThrottledQueue::time_of_first(Line& line, uint64_t now_ns) {
  if (plan_ == nullptr) return now_ns;
  const QosCharge charge = charge_of(*line.requests.front());
  if (line.stage == Stage::nowhere) {
    const PaceSet::Place place = plan_->own == nullptr ? PaceSet::Place() : plan_->own->reserve(now_ns, charge);
    line.wait_until(place, false, now_ns);
    line.stage = Stage::own_paces;
  }
  if (line.stage == Stage::own_paces) {
    if (line.go_ns > now_ns || plan_->group == nullptr) return line.go_ns;
    // The group's place is taken only now: what the function itself holds back would leave the place unused.
    const uint64_t lead_ns = plan_->minimum == nullptr ? kNever : kGroupLeadNs;
    line.wait_until(plan_->group->reserve(now_ns, charge, lead_ns), true, now_ns);
    line.stage = Stage::group_paces;
  }
  return pass_group(line, charge, now_ns);
}

uint64_t ThrottledQueue::pass_group(Line& line, const QosCharge& charge, uint64_t now_ns) {
  PaceSet* minimum = plan_->minimum;
  if (minimum == nullptr) return line.go_ns;
  if (line.go_ns <= now_ns) {
    minimum->note(now_ns, charge);
    return line.go_ns;
  }
  // Another queue of the function may take the same right at the same moment: one request more than the minimum.
  const uint64_t right_ns = minimum->next_ns(now_ns, charge);
  if (right_ns <= now_ns) minimum->reserve(now_ns, charge);
  return std::min(line.go_ns, right_ns);
}

void ThrottledQueue::let_go(BlockRequest& request, uint64_t now_ns) {
  const uint64_t held_ns = now_ns - request.queue_word;
  --waiting_;
  if (held_ns > 0) {
    throttle_.count_held(held_ns);
    request.held_ns += held_ns;
    // The deadline is about the disk: waiting for a limit does not count.
    if (request.deadline_ns != kNever) request.deadline_ns += held_ns;
  }
  justified_[justified_count_++] = &request;
  if (justified_count_ == justified_.size()) pass_on();
}

void ThrottledQueue::pass_on() {
  if (justified_count_ == 0) return;
  const uint32_t count = std::exchange(justified_count_, 0);
  inner_->submit({justified_.data(), count});
}

void ThrottledQueue::report_waiting() {
  if (waiting_ == reported_waiting_) return;
  throttle_.count_waiting(uint64_t{waiting_} - reported_waiting_);
  reported_waiting_ = waiting_;
}

void ThrottledQueue::time_has_come() { advance(reactor_.now_ns()); }

uint32_t ThrottledQueue::poll_after_change(uint64_t now_ns) {
  if (has_news()) adopt_plan(now_ns);
  const uint32_t aborted = is_draining_ ? abort_waiting() : 0;
  return aborted + inner_->poll(now_ns);
}

// Changes of limits

// Gives back what the first of the line has reserved.
void ThrottledQueue::step_back(Line& line) {
  if (plan_ != nullptr && line.stage != Stage::nowhere) {
    const QosCharge charge = charge_of(*line.requests.front());
    if (plan_->own != nullptr) plan_->own->give_back(charge);
    if (line.stage == Stage::group_paces) plan_->group->give_back(charge);
  }
  line.stage = Stage::nowhere;
}

void ThrottledQueue::adopt_plan(uint64_t now_ns) {
  for (Line& line : lines_) step_back(line);
  ThrottlePlan* next = throttle_.plan();
  // Relaxed: whoever published it keeps it at least until this reactor has delivered a letter.
  if (next != nullptr) next->queues.fetch_add(1, std::memory_order_relaxed);
  // Release: what was done with the old plan has been done; pairs with the acquire of whoever frees it.
  if (plan_ != nullptr) plan_->queues.fetch_sub(1, std::memory_order_release);
  plan_ = next;
  split_lines(plan_ != nullptr && plan_->splits_directions());
  advance(now_ns);
}

void ThrottledQueue::split_lines(bool is_split) {
  if (is_split == is_split_) return;
  is_split_ = is_split;
  IntrusiveList<BlockRequest> all;
  while (!lines_[0].requests.empty() || !lines_[1].requests.empty()) {
    BlockRequest* read = lines_[0].requests.front();
    BlockRequest* write = lines_[1].requests.front();
    const bool is_read_first = write == nullptr || (read != nullptr && read->queue_word <= write->queue_word);
    all.push_back(*lines_[is_read_first ? 0 : 1].requests.pop_front());
  }
  while (BlockRequest* request = all.pop_front()) line_of(*request).requests.push_back(*request);
}

// The end

void ThrottledQueue::drain() {
  is_draining_ = waiting_ > 0;
  inner_->drain();
}

uint32_t ThrottledQueue::abort_waiting() {
  is_draining_ = false;
  reactor_.cancel(timer_);
  uint32_t aborted = 0;
  for (Line& line : lines_) {
    step_back(line);
    // Those that are there now: an owner may submit more from finish().
    for (uint32_t bound = waiting_; bound > 0; --bound) {
      BlockRequest* request = line.requests.pop_front();
      if (request == nullptr) break;
      --waiting_;
      ++aborted;
      request->owner->finish(*request, Status::aborted);
    }
  }
  report_waiting();
  return aborted;
}

}  // namespace laneway
