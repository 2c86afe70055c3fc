#pragma once
// LibvirtEventLoop runs libvirt's own event loop on a thread of its own: events of machines, consoles and the
// keep-alives by which a libvirt that hangs is noticed come from it. One a process, as libvirt has it; owned by the
// hypervisor.

#include <atomic>
#include <thread>

namespace laneway {

class LibvirtEventLoop {
 public:
  LibvirtEventLoop();
  ~LibvirtEventLoop();
  LibvirtEventLoop(const LibvirtEventLoop&) = delete;
  LibvirtEventLoop& operator=(const LibvirtEventLoop&) = delete;

 private:
  void run();

  // Any thread (atomic)
  std::atomic<bool> is_stopping_{false};
  int wake_timer_ = -1;  // fixed after construction
  std::thread thread_;
};

}  // namespace laneway
