#pragma once
// Actor is something that happens by itself in simulated time: the network, a guest, a script of faults. The SimKernel
// runs its actors when their time comes. Owned by the simulation. One thread, as everything in a simulation.

#include <cstdint>

#include "base/clock.h"
#include "base/units.h"

namespace laneway::sim {

class Actor {
 public:
  virtual uint64_t next_event_ns() const = 0;  // kNever: nothing to come
  virtual void act(uint64_t now_ns) = 0;       // at or after its time

 protected:
  ~Actor() = default;
};

class SimClock final : public Clock {
 public:
  uint64_t now_ns() override { return now_ns_; }
  void set(uint64_t now_ns) {
    if (now_ns > now_ns_) now_ns_ = now_ns;
  }

 private:
  uint64_t now_ns_ = kSecond;  // not 0, which might hide a missing start value
};

}  // namespace laneway::sim
