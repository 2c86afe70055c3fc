#pragma once
// StoreListener hears of every store to shared memory that a ring's code makes (virtio/store_seam.h). One at a time,
// owned by the simulation that runs; one thread.

#include <cstdint>

#include "virtio/store_seam.h"

namespace laneway::sim {

class StoreListener {
 public:
  virtual void stored(StoreStep step, uint16_t head) = 0;

 protected:
  ~StoreListener() = default;
};

// Null: nobody listens.
void hear_stores(StoreListener* listener);

}  // namespace laneway::sim
