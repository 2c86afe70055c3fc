#pragma once
// RequestPool holds the request slots of one reactor, shared by all functions on it. An empty pool is back-pressure,
// not an error, and no function can starve another: while more than half of the slots are free anybody may take one,
// after that only functions that hold less than their equal share. The engine makes one a reactor. Home reactor only.

#include <cstdint>
#include <memory>

#include "base/slot_pool.h"

namespace laneway {

class Reactor;
struct BlkSlot;
struct SegmentBlock;

// One function's account at a pool.
struct PoolShare {
  uint32_t taken = 0;
};

class RequestPool {
 public:
  struct Options {
    uint32_t slots = 4096;
    uint32_t medium_blocks = 512;  // segment lists of up to 128 segments, for slots whose own list is too short
    uint32_t large_blocks = 16;    // and of up to 1024
  };

  explicit RequestPool(Reactor& reactor);
  RequestPool(Reactor& reactor, const Options& options);
  ~RequestPool();
  RequestPool(const RequestPool&) = delete;
  RequestPool& operator=(const RequestPool&) = delete;

  Reactor& reactor() { return reactor_; }

  // A function opens its account before its first take() and closes it with nothing taken.
  void join(PoolShare& share);
  void leave(PoolShare& share);

 private:
  friend class RequestPoolTest;
  // Fixed after construction
  Reactor& reactor_;
};

}  // namespace laneway
