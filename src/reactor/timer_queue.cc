#include "reactor/timer_queue.h"

#include <cstddef>

namespace laneway {

void TimerQueue::arm(Timer& timer, uint64_t deadline_ns) {
  cancel(timer);
  timer.deadline_ns_ = deadline_ns;
  heap_.push_back(&timer);
  timer.position_ = static_cast<uint32_t>(heap_.size() - 1);
  rise(timer.position_);
}

void TimerQueue::cancel(Timer& timer) {
  if (!timer.is_armed()) return;
  const uint32_t hole = timer.position_;
  Timer* last = heap_.back();
  heap_.pop_back();
  timer.position_ = Timer::kNotArmed;
  if (last == &timer) return;
  place(last, hole);
  rise(hole);
  sink(last->position_);
}

uint32_t TimerQueue::fire_due(uint64_t now_ns) {
  const size_t bound = heap_.size();
  uint32_t fired = 0;
  while (fired < bound && next_deadline_ns() <= now_ns) {
    Timer& timer = *heap_.front();
    cancel(timer);
    ++fired;
    timer.fire_(timer.owner_);
  }
  return fired;
}

void TimerQueue::place(Timer* timer, uint32_t position) {
  heap_[position] = timer;
  timer->position_ = position;
}

void TimerQueue::rise(uint32_t position) {
  Timer* timer = heap_[position];
  while (position > 0) {
    const uint32_t parent = (position - 1) / 2;
    if (heap_[parent]->deadline_ns_ <= timer->deadline_ns_) break;
    place(heap_[parent], position);
    position = parent;
  }
  place(timer, position);
}

void TimerQueue::sink(uint32_t position) {
  Timer* timer = heap_[position];
  const auto count = static_cast<uint32_t>(heap_.size());
  for (uint32_t child = 2 * position + 1; child < count; child = 2 * position + 1) {
    if (child + 1 < count && heap_[child + 1]->deadline_ns_ < heap_[child]->deadline_ns_) ++child;
    if (heap_[child]->deadline_ns_ >= timer->deadline_ns_) break;
    place(heap_[child], position);
    position = child;
  }
  place(timer, position);
}

}  // namespace laneway
