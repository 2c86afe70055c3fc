#pragma once
// Chaos makes trouble at random times: it breaks the network, cuts the target's power, scripts faults. It heals
// everything when it is told that the run is over. Owned by the simulation.

#include <cstdint>

#include "base/random.h"
#include "sim/actor.h"
#include "sim/disk_model.h"
#include "sim/scenario.h"
#include "sim/sim_network.h"
#include "target/fake_target.h"

namespace laneway::sim {

class Chaos final : public Actor {
 public:
  Chaos(const Scenario& scenario, SimNetwork& network, fake::FakeTarget& target, DiskModel& model, Random& random);

  void start(uint64_t now_ns);
  // No more trouble, and what lasts is ended.
  void stop();
  // Events of each kind so far, of power cuts and of all.
  uint64_t power_cuts() const { return power_cuts_; }
  uint64_t events() const { return events_; }

  uint64_t next_event_ns() const override { return next_ns_ < heal_ns_ ? next_ns_ : heal_ns_; }
  void act(uint64_t now_ns) override;

 private:
  void strike(uint64_t now_ns);
  void strike_network(uint64_t choice, uint64_t now_ns);
  void strike_target(uint64_t choice, uint64_t now_ns);
  void script_fault();
  void heal();
  void plan_next(uint64_t now_ns);

  // Fixed after construction
  const Scenario& scenario_;
  SimNetwork& network_;
  fake::FakeTarget& target_;
  DiskModel& model_;
  Random& random_;
  double total_rate_ = 0;

  uint64_t next_ns_ = kNever;
  uint64_t heal_ns_ = kNever;
  uint64_t events_ = 0;
  uint64_t power_cuts_ = 0;
};

}  // namespace laneway::sim
