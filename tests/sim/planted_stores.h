#pragma once
// PlantedStores makes an engine look like one with its stores in the wrong order: a store that belongs later is made
// early, through the guest's own view of the memory, so that a death in between leaves what the bug would leave. Owned
// by the simulation; one thread.

#include <cstdint>
#include <vector>

#include "sim/scenario.h"
#include "sim/sim_vault.h"
#include "sim/vhost_guest.h"
#include "virtio/store_seam.h"

namespace laneway::sim {

class PlantedStores {
 public:
  PlantedStores(Plant plant, const VaultShelf& shelf) : plant_(plant), shelf_(shelf) {}

  void stored(StoreStep step, uint16_t head, VhostGuest& guest);
  void engine_died();

 private:
  template <typename Change>
  void change_record(Change change) const;

  const Plant plant_;
  const VaultShelf& shelf_;
  std::vector<uint16_t> given_back_;  // heads, since the used index was stored
};

}  // namespace laneway::sim
