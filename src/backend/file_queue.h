#pragma once
// FileQueue carries requests to a file or block device through the reactor's KernelPort; a fixed number is under way
// and the rest waits in order. Owned by the front-end that opened it. Home reactor only.

#include <memory>

#include "backend/file_io.h"
#include "base/slot_pool.h"
#include "reactor/reactor.h"

namespace laneway {

class FileQueue final : public BlockQueue, private FileIoOwner, private TurnEnd {
 public:
  FileQueue(Reactor& reactor, const OpenFile& opened, AlignedBuffers bounces);
  ~FileQueue() override;
  static Result<std::unique_ptr<BlockQueue>> open(Reactor& reactor, const OpenFile& opened);

  void submit(std::span<BlockRequest* const> batch) override;
  uint32_t poll(uint64_t /*now_ns*/) override { return 0; }
  bool wants_poll() const override { return false; }
  void drain() override;
  bool is_drained() const override { return unfinished_ == 0; }

 private:
  void finish_io(FileIo& io, Status status) override;
  bool is_draining() const override { return is_draining_; }
  void end_turn(uint64_t now_ns) override;
  void start_waiting();
  void finish(BlockRequest& request, Status status);
  void expire_waiting();
  void watch_deadline();

  // Fixed after construction
  Reactor& reactor_;

  // Home reactor only
  AlignedBuffers buffers_;
  SlotPool<FileIo> pool_;
  IntrusiveList<BlockRequest> waiting_;  // for a slot, or for a buffer
  Timer deadline_timer_;                 // of the request that waits longest
  uint32_t unfinished_ = 0;
  bool is_draining_ = false;
};

}  // namespace laneway
