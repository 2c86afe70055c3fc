#pragma once
// WatcherSlot holds the one watcher of a BlockDevice: set by control threads, told from any thread. Once set()
// returned, the former watcher is not called any more. Told rarely (a resize), never per I/O.

#include "backend/guarded.h"
#include "block/block.h"

namespace laneway {

class WatcherSlot {
 public:
  void set(BlockDeviceWatcher* watcher) {
    watcher_.with([watcher](BlockDeviceWatcher*& current) { current = watcher; });
  }
  void tell() {
    watcher_.with([](BlockDeviceWatcher* current) {
      if (current != nullptr) current->geometry_changed();
    });
  }

 private:
  Guarded<BlockDeviceWatcher*> watcher_;
};

}  // namespace laneway
