#pragma once
// FakeDisk is a BlockDevice whose content is a vector and whose requests do as a test says: finish, wait, or fail.
// Everything on one thread.

#include <algorithm>
#include <deque>
#include <vector>

#include "block/block.h"

namespace laneway {

class FakeDisk final : public BlockDevice {
 public:
  explicit FakeDisk(uint64_t bytes = 1 << 20) : content(bytes) {
    facts.capacity_bytes = bytes;
    facts.can_discard = facts.can_write_zeroes = true;
    facts.discard_max_bytes = facts.write_zeroes_max_bytes = 1 << 19;
  }

  // What a test turns.
  BlockGeometry facts;
  std::vector<uint8_t> content;
  bool is_stalled = false;       // accepted requests wait
  bool ignores_drain = false;    // and are under way irrevocably: a drain does not abort them
  bool is_busy_leaving = false;  // a drain takes until this is false, also without requests
  Patience patience = Patience::none;
  Status result = Status::ok;  // how the next ones end
  bool can_open = true;
  bool owes_fence = false;  // what was given up may still take effect
  // What a test looks at.
  struct Seen {
    BlockOp op = BlockOp::read;
    uint64_t offset_bytes = 0;
    uint64_t length_bytes = 0;
    bool is_fua = false;
    bool may_unmap = false;
    size_t segments = 0;
  };
  std::vector<Seen> seen;
  BlockDeviceWatcher* watcher = nullptr;
  uint32_t waiting = 0;
  uint32_t open_queues = 0;

  void change_capacity(uint64_t bytes) {
    content.resize(bytes);
    facts.capacity_bytes = bytes;
    if (watcher != nullptr) watcher->geometry_changed();
  }

  BlockGeometry geometry() const override { return facts; }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& /*reactor*/) override {
    if (!can_open) return fail(ErrorCode::unreachable, "nobody there");
    return std::make_unique<Queue>(*this);
  }
  Result<void> resize(uint64_t bytes) override {
    change_capacity(bytes);
    return {};
  }
  std::string describe() const override { return "fake"; }
  std::string identity() const override { return {}; }
  void watch(BlockDeviceWatcher* new_watcher) override { watcher = new_watcher; }
  bool is_settled() const override { return !owes_fence; }

 private:
  class Queue final : public BlockQueue {
   public:
    explicit Queue(FakeDisk& disk) : disk_(disk) { ++disk_.open_queues; }
    ~Queue() override { --disk_.open_queues; }
    void submit(std::span<BlockRequest* const> batch) override {
      for (BlockRequest* request : batch) {
        disk_.seen.push_back({request->op, request->offset_bytes, request->length_bytes, request->is_fua,
                              request->may_unmap, request->segments.size()});
        waiting_.push_back(request);
        ++disk_.waiting;
      }
    }
    uint32_t poll(uint64_t /*now_ns*/) override {
      uint32_t finished = 0;
      while (!waiting_.empty() && (!disk_.is_stalled || is_draining_)) {
        BlockRequest* request = waiting_.front();
        waiting_.pop_front();
        --disk_.waiting;
        ++finished;
        const Status status = is_draining_ ? Status::aborted : disk_.result;
        if (status == Status::ok) perform(*request);
        request->owner->finish(*request, status);
      }
      return finished;
    }
    bool wants_poll() const override { return !waiting_.empty(); }
    Patience patience() const override { return disk_.patience; }
    void drain() override { is_draining_ = !disk_.ignores_drain && disk_.is_stalled; }
    bool is_drained() const override { return waiting_.empty() && !disk_.is_busy_leaving; }

   private:
    void perform(const BlockRequest& request) {
      uint64_t at = request.offset_bytes;
      const auto place = [&] { return disk_.content.begin() + static_cast<std::ptrdiff_t>(at); };
      if (request.op == BlockOp::write_zeroes || request.op == BlockOp::discard) {
        std::fill_n(place(), request.length_bytes, uint8_t{0});
      }
      if (request.op != BlockOp::read && request.op != BlockOp::write) return;
      for (const iovec& segment : request.segments) {
        auto* bytes = static_cast<uint8_t*>(segment.iov_base);
        if (request.op == BlockOp::read) std::copy_n(place(), segment.iov_len, bytes);
        if (request.op == BlockOp::write) std::copy_n(bytes, segment.iov_len, place());
        at += segment.iov_len;
      }
    }
    FakeDisk& disk_;
    std::deque<BlockRequest*> waiting_;
    bool is_draining_ = false;
  };
};

}  // namespace laneway
