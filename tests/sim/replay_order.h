#pragma once
// ReplayOrder knows in which order an engine took the chains of a ring, from its stores, and checks that a successor
// sends what was left unfinished in that order. For functions with one ring. Owned by the simulation; one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "virtio/store_seam.h"

namespace laneway::sim {

class ReplayOrder {
 public:
  void stored(StoreStep step, uint16_t head);
  // What is unfinished now is what the next engine has to send first.
  void engine_died();
  // A request with that chain reaches the disk: what is wrong with that, or nothing.
  std::string arrived(uint16_t head);

 private:
  std::vector<uint16_t> taken_;     // in their order
  std::vector<uint16_t> expected_;  // by the present engine, the first one first
};

}  // namespace laneway::sim
