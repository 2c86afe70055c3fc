#pragma once
// PathBreaker harms the ways to a target that has several portals, one at a time: connections break or go silent, a
// portal refuses, its port vanishes and comes back, the array says that it does not reach the disk. The others are well
// meanwhile, and were so for long enough that every session over them is back: no request has a reason to fail. Owned
// by the simulation; one thread.

#include <cstdint>

#include "base/random.h"
#include "sim/actor.h"
#include "sim/scenario.h"
#include "sim/sim_network.h"

namespace laneway::sim {

class PathBreaker final : public Actor {
 public:
  PathBreaker(const Scenario& scenario, SimNetwork& network, fake::FakeTarget& target);

  void start(uint64_t now_ns);
  // No more harm, and what lasts is ended.
  void stop();
  uint64_t harms() const { return harms_; }

  uint64_t next_event_ns() const override { return next_ns_; }
  void act(uint64_t now_ns) override;

 private:
  enum class Harm : uint8_t { reset, silence, refusal, vanishing, late_write, not_reached };

  void harm(uint64_t now_ns);
  void strike(Harm kind);
  void heal();
  uint16_t port() const;

  // Fixed after construction
  const Scenario& scenario_;
  SimNetwork& network_;
  fake::FakeTarget& target_;

  Random random_;
  uint32_t portal_ = 0;  // that is harmed, or was last
  bool is_harmed_ = false;
  uint64_t next_ns_ = kNever;
  uint64_t well_ns_ = 0;  // from then on another portal may be harmed
  uint64_t harms_ = 0;
};

}  // namespace laneway::sim
