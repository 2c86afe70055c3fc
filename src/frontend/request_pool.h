#pragma once
// RequestPool holds the request slots of one reactor, shared by all functions on it. An empty pool is back-pressure,
// not an error, and no function can starve another: while more than half of the slots are free anybody may take one,
// after that only functions that hold less than their equal share. The engine makes one a reactor. Home reactor only.

#include <cstdint>
#include <span>

#include "base/slot_pool.h"
#include "frontend/blk_slot.h"
#include "frontend/turn_share.h"
#include "virtio/chain.h"

namespace laneway {

class Reactor;

// One function's account at a pool.
struct PoolShare {
  uint32_t slots = 0;
  uint32_t medium_blocks = 0;
  uint32_t large_blocks = 0;
};

class RequestPool {
 public:
  struct Options {
    uint32_t slots = 4096;
    uint32_t medium_blocks = 512;  // segment lists of up to 128 segments, for slots whose own list is too short
    uint32_t large_blocks = 16;    // and for the longest that a chain can have
  };

  explicit RequestPool(Reactor& reactor) : RequestPool(reactor, Options{}) {}
  RequestPool(Reactor& reactor, const Options& options);
  RequestPool(const RequestPool&) = delete;
  RequestPool& operator=(const RequestPool&) = delete;

  Reactor& reactor() { return reactor_; }
  TurnShare& turns() { return turns_; }

  // A function joins before its first take() and leaves with nothing taken.
  void join() { ++members_; }
  void leave(const PoolShare& share);

  // A slot, or null where the function has to wait.
  BlkSlot* take(PoolShare& share);
  // Copies a segment list into the slot's request; false where the function has to wait for a block.
  bool store_segments(std::span<const iovec> segments, PoolShare& share, BlkSlot& slot);
  void give_back(BlkSlot& slot, PoolShare& share);

  // Where a chain is gathered before its segments are stored.
  ChainSegments& scratch() { return scratch_; }

 private:
  template <typename T>
  T* take_fairly(SlotPool<T>& pool, uint32_t& taken) const;

  // Fixed after construction
  Reactor& reactor_;

  // Home reactor only
  uint32_t members_ = 0;
  SlotPool<BlkSlot> slots_;
  SlotPool<MediumBlock> medium_;
  SlotPool<LargeBlock> large_;
  ChainSegments scratch_;
  TurnShare turns_;
};

}  // namespace laneway
