#pragma once
// SimHost is what all reactors of a simulation have in common: time, chance, files, network and the actors. It brings
// time forward while reactors work and while they sleep. Owned by the simulation, and outlives its engines; one thread.

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "sim/actor.h"
#include "sim/fate.h"
#include "sim/leftovers.h"
#include "sim/sim_files.h"
#include "sim/sim_network.h"

namespace laneway::sim {

class SimKernel;

// What goes on while a reactor sleeps: the work of the others.
class Neighbours {
 public:
  // Some work of reactors whose kernels are awake. False where the sleeper should look about, although nothing woke it.
  virtual bool work_beside() = 0;

 protected:
  ~Neighbours() = default;
};

class SimHost {
 public:
  SimHost(const NetworkOptions& options, uint64_t seed)
      : random(seed), files(random), network(options, random, clock), leftovers(files, random, clock) {
    actors = {&network, &leftovers};
  }

  Random random;
  SimClock clock;
  SimFiles files;
  SimNetwork network;
  Leftovers leftovers;
  std::vector<Actor*> actors;
  std::vector<SimKernel*> kernels;
  Neighbours* neighbours = nullptr;
  Fate* fate = nullptr;  // where engines can die
  bool is_stuck = false;

  void run_actors();
  // The engine passes a point of its life: it may die here, or at the next strike().
  void pass(DeathPoint point) {
    if (fate != nullptr) fate->pass(point);
  }
  bool comes(DeathPoint point) { return fate != nullptr && fate->comes(point); }
  void strike() {
    if (fate != nullptr) fate->strike();
  }
  // What can happen in the kernels now happens.
  void settle();
  // While all reactors sleep: on to the next event, or to `until_ns` at most. False where nothing will ever happen.
  bool advance(uint64_t until_ns);
};

}  // namespace laneway::sim
