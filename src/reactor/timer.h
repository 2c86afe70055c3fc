#pragma once
// Timer is one deadline of an object on a reactor; it fires once, in the turn after its deadline, and can be
// armed again from there. Arming replaces an earlier deadline (timer_queue.h). Home reactor only.

#include <cstdint>

#include "base/check.h"
#include "base/units.h"

namespace laneway {

class TimerQueue;

class Timer {
 public:
  using Fire = void (*)(void* owner);
  Timer(void* owner, Fire fire) : owner_(owner), fire_(fire) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { LW_ASSERT(!is_armed()); }

  bool is_armed() const { return position_ != kNotArmed; }
  uint64_t deadline_ns() const { return deadline_ns_; }

 private:
  friend class TimerQueue;
  static constexpr uint32_t kNotArmed = UINT32_MAX;

  void* owner_;
  Fire fire_;
  uint64_t deadline_ns_ = kNever;
  uint32_t position_ = kNotArmed;  // in TimerQueue's heap
};

// Makes the Fire function of a Timer from a member function: Timer timer_{this, fire_by<&Session::time_out>}.
template <auto Member>
struct FireBy;
template <typename T, void (T::*Member)()>
struct FireBy<Member> {
  static void call(void* owner) { (static_cast<T*>(owner)->*Member)(); }
};
template <auto Member>
inline constexpr Timer::Fire fire_by = &FireBy<Member>::call;

}  // namespace laneway
