#pragma once
// QuickDisk is a disk that finishes everything in the turn in which it comes, and notes when that was; or keeps it,
// where a test says so. For tests of what is in front of a disk. One thread.

#include <deque>
#include <vector>

#include "block/block.h"
#include "reactor/reactor.h"

namespace laneway {

class QuickDisk final : public BlockDevice {
 public:
  struct Seen {
    BlockOp op = BlockOp::read;
    uint64_t offset_bytes = 0;
    uint64_t length_bytes = 0;
    uint64_t deadline_ns = 0;
    uint64_t time_ns = 0;
  };
  std::vector<Seen> seen;
  bool can_open = true;
  BlockDeviceWatcher* watcher = nullptr;

  BlockGeometry geometry() const override { return facts_; }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override {
    if (!can_open) return fail(ErrorCode::unreachable, "nobody there");
    return std::make_unique<Queue>(*this, reactor);
  }
  Result<void> resize(uint64_t capacity_bytes) override {
    facts_.capacity_bytes = capacity_bytes;
    return {};
  }
  std::string describe() const override { return "quick"; }
  std::string identity() const override { return "same"; }
  void watch(BlockDeviceWatcher* new_watcher) override { watcher = new_watcher; }

 private:
  class Queue final : public BlockQueue {
   public:
    Queue(QuickDisk& disk, Reactor& reactor) : disk_(disk), reactor_(reactor) {}
    void submit(std::span<BlockRequest* const> batch) override {
      for (BlockRequest* request : batch) {
        disk_.seen.push_back(
            {request->op, request->offset_bytes, request->length_bytes, request->deadline_ns, reactor_.now_ns()});
        under_way_.push_back(request);
      }
    }
    uint32_t poll(uint64_t) override {
      std::deque<BlockRequest*> ended;
      ended.swap(under_way_);
      for (BlockRequest* request : ended) request->owner->finish(*request, Status::ok);
      return static_cast<uint32_t>(ended.size());
    }
    bool wants_poll() const override { return !under_way_.empty(); }
    void drain() override {}
    bool is_drained() const override { return under_way_.empty(); }

   private:
    QuickDisk& disk_;
    Reactor& reactor_;
    std::deque<BlockRequest*> under_way_;
  };

  BlockGeometry facts_;
};

}  // namespace laneway
