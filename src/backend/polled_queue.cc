#include "backend/polled_queue.h"

namespace laneway {

namespace {

// What one turn performs at most, so that the reactor's other functions keep their share.
constexpr uint32_t kRequestsPerTurn = 256;

}  // namespace

PolledQueue::~PolledQueue() { LW_ASSERT(is_drained()); }

void PolledQueue::submit(std::span<BlockRequest* const> batch) {
  for (BlockRequest* request : batch) waiting_.push_back(*request);
  unfinished_ += static_cast<uint32_t>(batch.size());
}

uint32_t PolledQueue::poll(uint64_t /*now_ns*/) {
  uint32_t finished = 0;
  uint64_t bytes = 0;
  while (finished < kRequestsPerTurn && bytes < bytes_per_turn_) {
    BlockRequest* request = waiting_.pop_front();
    if (request == nullptr) break;
    if (const BlockRequest* next = waiting_.front(); next != nullptr) prefetch(*next);
    bytes += request->op == BlockOp::flush ? 0 : request->length_bytes;
    const Status status = is_draining_ ? Status::aborted : perform(*request);
    ++finished;
    --unfinished_;
    if (unfinished_ == 0) is_draining_ = false;
    request->owner->finish(*request, status);
  }
  return finished;
}

}  // namespace laneway
