#pragma once
// MemoryDisk is a sparse disk in the engine's memory, for tests and benchmarks; its content ends with it, or with the
// last descriptor of its memory file where it has one. Made and destroyed by control threads; its queues live on
// reactors and share the one region.

#include <atomic>
#include <memory>

#include "backend/memory_region.h"
#include "backend/watcher_slot.h"
#include "block/block.h"

namespace laneway {

struct MemoryDiskOptions {
  uint64_t capacity_bytes = 0;
  uint32_t block_bytes = 512;
  bool is_read_only = false;
};

class MemoryDisk final : public BlockDevice {
 public:
  // For open(), which checks the options.
  MemoryDisk(const MemoryDiskOptions& options, MemoryRegion region);
  static Result<std::unique_ptr<MemoryDisk>> open(const MemoryDiskOptions& options);
  // A file for such a disk, and the disk with whatever the file holds.
  static Result<UniqueFd> create_file(const MemoryDiskOptions& options);
  static Result<std::unique_ptr<MemoryDisk>> open_file(const MemoryDiskOptions& options, const UniqueFd& file);

  BlockGeometry geometry() const override;
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override;
  // Grows up to the address space reserved at open: twice the first size, and 64 GiB at least.
  Result<void> resize(uint64_t capacity_bytes) override;
  std::string describe() const override { return "memory"; }
  std::string identity() const override { return {}; }
  void watch(BlockDeviceWatcher* watcher) override { watcher_.set(watcher); }

 private:
  // Fixed after construction
  const MemoryDiskOptions options_;
  const MemoryRegion region_;
  // Any thread
  std::atomic<uint64_t> capacity_bytes_;
  WatcherSlot watcher_;
};

}  // namespace laneway
