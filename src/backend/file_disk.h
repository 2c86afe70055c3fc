#pragma once
// FileDisk is a disk on a file or block device, through the reactors' KernelPort. It holds the one descriptor and with
// it a lock, so that nothing else serves the same file. Made, resized and destroyed by control threads.

#include <atomic>
#include <memory>

#include "backend/file_open.h"
#include "backend/watcher_slot.h"
#include "block/block.h"

namespace laneway {

class FileDisk final : public BlockDevice {
 public:
  // For open(), which opens and checks the file.
  FileDisk(const FileDiskOptions& options, OpenFile file);
  ~FileDisk() override { unlock_file(file_.fd.get()); }
  static Result<std::unique_ptr<FileDisk>> open(const FileDiskOptions& options);

  BlockGeometry geometry() const override;
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override;
  // A file takes the new size. A block device keeps its own, which is read again with 0.
  Result<void> resize(uint64_t capacity_bytes) override;
  std::string describe() const override;
  std::string identity() const override { return {}; }
  void watch(BlockDeviceWatcher* watcher) override { watcher_.set(watcher); }

  bool is_direct() const { return file_.is_direct; }
  const OpenFile& file() const { return file_; }

 private:
  Result<void> look_again();

  // Fixed after construction
  const FileDiskOptions options_;
  const OpenFile file_;
  // Any thread
  std::atomic<uint64_t> capacity_bytes_;
  WatcherSlot watcher_;
};

}  // namespace laneway
