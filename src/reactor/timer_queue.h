#pragma once
// TimerQueue keeps a reactor's armed timers in a binary heap by deadline. Arming allocates only when more timers are
// armed than ever before on this reactor. Home reactor only.

#include <cstdint>
#include <vector>

#include "reactor/timer.h"

namespace laneway {

class TimerQueue {
 public:
  ~TimerQueue() { LW_ASSERT(heap_.empty()); }

  void arm(Timer& timer, uint64_t deadline_ns);
  void cancel(Timer& timer);
  // Fires every timer whose deadline is at or before now_ns, at most as many as were armed at the start; returns the
  // number.
  uint32_t fire_due(uint64_t now_ns);
  // The earliest deadline, kNever where none is armed.
  uint64_t next_deadline_ns() const { return heap_.empty() ? kNever : heap_.front()->deadline_ns_; }

 private:
  void place(Timer* timer, uint32_t position);
  void rise(uint32_t position);
  void sink(uint32_t position);

  std::vector<Timer*> heap_;
};

}  // namespace laneway
