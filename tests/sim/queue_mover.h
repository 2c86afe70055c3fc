#pragma once
// QueueMover moves the rings of a guest's function between two reactors at random times, as an operator does: by a
// letter to the function's home reactor. Owned by the simulation; one thread.

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "frontend/request_pool.h"
#include "frontend/vhost_blk_service.h"
#include "sim/actor.h"
#include "sim/scenario.h"
#include "sim/witness.h"

namespace laneway::sim {

class QueueMover final : public Actor, private Letter {
 public:
  struct Parts {
    VhostBlkService& service;
    RequestPool& home;
    RequestPool& away;
    Witness& witness;
  };
  // `seed` tells one engine's mover from the next one's.
  QueueMover(const Scenario& scenario, const Parts& parts, uint64_t seed);

  // No more moves.
  void stop() {
    next_ns_ = kNever;
    is_stopped_ = true;
  }
  uint64_t moves() const { return moves_; }

  uint64_t next_event_ns() const override { return is_on_way_ ? kNever : next_ns_; }
  void act(uint64_t now_ns) override;

 private:
  void deliver() override;

  // Fixed after construction
  const Scenario& scenario_;
  const Parts parts_;

  Random random_;
  uint64_t next_ns_ = 0;
  uint64_t moves_ = 0;
  bool is_on_way_ = false;
  bool is_stopped_ = false;
};

}  // namespace laneway::sim
