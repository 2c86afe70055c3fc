#pragma once
// LimitChanger is an operator of a simulation who limits a function, alone or in a group, and changes that now and
// then, while requests wait and while none do. Owned by the simulation, outlives the function's queues; one thread.

#include <array>
#include <cstdint>

#include "base/random.h"
#include "qos/throttle.h"
#include "qos/throttle_group.h"
#include "sim/actor.h"
#include "sim/scenario.h"
#include "sim/sim_reactors.h"
#include "sim/witness.h"

namespace laneway::sim {

class LimitChanger final : public Actor {
 public:
  struct Parts {
    SimReactors& reactors;
    Witness& witness;
  };
  LimitChanger(const Scenario& scenario, const Parts& parts);

  Throttle& throttle() { return throttle_; }
  void start(uint64_t now_ns);
  // No more changes; what is limited stays so.
  void stop() { next_ns_ = kNever; }

  uint64_t next_event_ns() const override { return letters_ > 0 ? kNever : next_ns_; }
  void act(uint64_t now_ns) override;

 private:
  // Wakes a reactor that has to look at new limits; when all have, the old ones are freed.
  struct Note final : Letter {
    void deliver() override { changer->note_delivered(); }
    LimitChanger* changer = nullptr;
  };
  void note_delivered();
  QosLimits draw_limits();

  // Fixed after construction
  const Scenario& scenario_;
  const Parts parts_;

  Random random_;
  ThrottleGroup group_;
  Throttle throttle_;
  std::array<Note, 2> notes_;
  uint32_t letters_ = 0;  // on their way
  uint64_t next_ns_ = kNever;
};

}  // namespace laneway::sim
