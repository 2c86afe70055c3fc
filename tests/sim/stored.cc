// Where the seam of the ring's code leads: the engine of the world that runs may die after any store.
#include "sim/stored.h"

namespace laneway {

namespace sim {

namespace {

StoreListener* current = nullptr;

}  // namespace

void hear_stores(StoreListener* listener) { current = listener; }

}  // namespace sim

void stored(StoreStep step, uint16_t head) {
  if (sim::current != nullptr) sim::current->stored(step, head);
}

}  // namespace laneway
