#pragma once
// PolledQueue is a BlockQueue whose requests are performed by the processor, in poll(): the base of disks that live in
// memory. Owned by the front-end that opened it. Home reactor only.

#include <cstdint>

#include "block/block.h"

namespace laneway {

class PolledQueue : public BlockQueue {
 public:
  // A turn performs at most so many bytes, or one request: what is done by then is shown before the rest is begun.
  explicit PolledQueue(uint64_t bytes_per_turn) : bytes_per_turn_(bytes_per_turn) {}
  ~PolledQueue() override;

  void submit(std::span<BlockRequest* const> batch) final;
  uint32_t poll(uint64_t now_ns) final;
  bool wants_poll() const final { return unfinished_ > 0; }
  void drain() final { is_draining_ = unfinished_ > 0; }
  bool is_drained() const final { return unfinished_ == 0; }

 protected:
  // Does the whole of one request.
  virtual Status perform(BlockRequest& request) = 0;
  // Hints at the memory of a request that perform() is soon called with.
  virtual void prefetch(const BlockRequest& /*request*/) const {}

 private:
  // Fixed after construction
  const uint64_t bytes_per_turn_;

  IntrusiveList<BlockRequest> waiting_;
  uint32_t unfinished_ = 0;
  bool is_draining_ = false;
};

}  // namespace laneway
