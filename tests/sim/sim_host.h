#pragma once
// SimHost is what all reactors of a simulation have in common: time, chance, files, network and the actors. It brings
// time forward while reactors work and while they sleep. Owned by the first SimKernel; one thread.

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "sim/actor.h"
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
      : random(seed), files(random), network(options, random, clock), actors{&network} {}

  Random random;
  SimClock clock;
  SimFiles files;
  SimNetwork network;
  std::vector<Actor*> actors;
  std::vector<SimKernel*> kernels;
  Neighbours* neighbours = nullptr;
  bool is_stuck = false;

  void run_actors();
  // What can happen in the kernels now happens.
  void settle();
  // While all reactors sleep: on to the next event, or to `until_ns` at most. False where nothing will ever happen.
  bool advance(uint64_t until_ns);
};

}  // namespace laneway::sim
