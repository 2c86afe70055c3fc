#pragma once
// NullDisk answers every request at once and moves no data: the ceiling of everything in front of a back-end. Reads
// leave the guest's buffers as they are. Made and destroyed by control threads.

#include <atomic>
#include <memory>

#include "backend/watcher_slot.h"
#include "block/block.h"

namespace laneway {

struct NullDiskOptions {
  uint64_t capacity_bytes = 0;
  uint32_t block_bytes = 512;
  bool is_read_only = false;
};

class NullDisk final : public BlockDevice {
 public:
  // For open(), which checks the options.
  explicit NullDisk(const NullDiskOptions& options);
  static Result<std::unique_ptr<NullDisk>> open(const NullDiskOptions& options);

  BlockGeometry geometry() const override;
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override;
  Result<void> resize(uint64_t capacity_bytes) override;
  std::string describe() const override { return "null"; }
  std::string identity() const override { return {}; }
  void watch(BlockDeviceWatcher* watcher) override { watcher_.set(watcher); }

 private:
  // Fixed after construction
  const NullDiskOptions options_;
  // Any thread
  std::atomic<uint64_t> capacity_bytes_;
  WatcherSlot watcher_;
};

}  // namespace laneway
