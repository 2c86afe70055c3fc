#include "sim/limit_changer.h"

namespace laneway::sim {

LimitChanger::LimitChanger(const Scenario& scenario, const Parts& parts)
    : scenario_(scenario), parts_(parts), random_(scenario.seed ^ 0x2545f4914f6cdd1d) {
  for (Note& note : notes_) note.changer = this;
}

void LimitChanger::start(uint64_t now_ns) {
  throttle_.set(draw_limits(), nullptr, now_ns);
  if (scenario_.limit_pause_max_ns > 0) next_ns_ = now_ns;
}

void LimitChanger::act(uint64_t now_ns) {
  next_ns_ = now_ns + 1 + random_.below(scenario_.limit_pause_max_ns);
  QosLimits limits = random_.one_in(5) ? QosLimits{} : draw_limits();
  const bool is_in_group = random_.one_in(3);
  if (random_.one_in(2)) {
    group_.set(random_.one_in(4) ? QosLimits{} : draw_limits(), now_ns);
  }
  if (is_in_group && random_.one_in(2)) {
    limits.iops_min = 50 + random_.below(200);
    limits.bytes_min = 1'000'000;
  }
  if (scenario_.plant == Plant::held_request_is_dropped && throttle_.counters().waiting > 0) {
    parts_.witness.lose_next_request();
  }
  throttle_.set(limits, is_in_group ? &group_ : nullptr, now_ns);
  letters_ = parts_.reactors.count();
  for (uint32_t i = 0; i < parts_.reactors.count(); ++i) parts_.reactors.reactor(i).post(notes_[i]);
}

void LimitChanger::note_delivered() {
  if (--letters_ > 0) return;
  throttle_.collect();
  group_.collect();
}

// Low enough that requests wait, high enough that the run comes to its end.
QosLimits LimitChanger::draw_limits() {
  QosLimits limits;
  for (size_t i = 0; i < kQosRates; ++i) {
    if (!random_.one_in(3)) continue;
    const bool is_in_bytes = counts_bytes(static_cast<QosRate>(i));
    const uint64_t unit = is_in_bytes ? 20'000 : 1;
    limits.max[i] = unit * (100 + random_.below(random_.one_in(2) ? 400 : 20'000));
    if (random_.one_in(2)) limits.burst[i] = unit * (1 + random_.below(100));
  }
  if (random_.one_in(2)) limits.burst_duration_ms = 1 + random_.below(1000);
  return limits;
}

}  // namespace laneway::sim
