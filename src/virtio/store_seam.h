#pragma once
// The stores to shared memory on which a take-over rests, by name. In the product LW_STORED is nothing. The simulation
// compiles the files that use it once more with LANEWAY_STORE_SEAM, hears of each store, and can end the engine between
// any two of them (decision 75). Home reactor only.

#include <cstdint>

namespace laneway {

enum class StoreStep : uint8_t {
  // A chain is taken
  counter_stored,
  record_set,
  // It is put back, not having had an effect
  record_unset,
  // It is done: before and after its status byte
  request_done,
  status_stored,
  // It is given back
  element_stored,
  record_linked,
  list_headed,
  // The guest is shown what was given back: before and after the used index
  index_due,
  index_stored,
  record_cleared,
  record_index_stored,
  // A successor takes the record over
  leftover_cleared,
  version_stored,
  taken_over,
};
inline constexpr uint32_t kStoreSteps = 15;

#ifdef LANEWAY_STORE_SEAM
// The chain's head where the store belongs to one chain, else the ring's size.
void stored(StoreStep step, uint16_t head);
#define LW_STORED(step, head) ::laneway::stored(::laneway::StoreStep::step, (head))
#else
#define LW_STORED(step, head) static_cast<void>(0)
#endif

}  // namespace laneway
