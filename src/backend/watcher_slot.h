#pragma once
// WatcherSlot holds the one watcher of a BlockDevice: set by control threads, told from any thread. Once set()
// returned, the former watcher is not called any more. Told rarely (a resize), never per I/O.

#include <mutex>

#include "block/block.h"

namespace laneway {

class WatcherSlot {
 public:
  void set(BlockDeviceWatcher* watcher) {
    const std::lock_guard lock(mutex_);
    watcher_ = watcher;
  }
  void tell() {
    const std::lock_guard lock(mutex_);
    if (watcher_ != nullptr) watcher_->geometry_changed();
  }

 private:
  std::mutex mutex_;
  BlockDeviceWatcher* watcher_ = nullptr;
};

}  // namespace laneway
