#include "hypervisor/libvirt_event_loop.h"

#include <libvirt/libvirt.h>

#include "base/log.h"

namespace laneway {

LibvirtEventLoop::LibvirtEventLoop() {
  // Again for a second one of a process, which libvirt takes without harm.
  static const bool is_registered = virEventRegisterDefaultImpl() == 0;
  if (!is_registered) log_error("Libvirt's event loop was not made; machines are looked at in turn only.");
  wake_timer_ = virEventAddTimeout(
      -1, [](int, void*) {}, nullptr, nullptr);
  thread_ = std::thread([this] { run(); });
}

LibvirtEventLoop::~LibvirtEventLoop() {
  is_stopping_.store(true, std::memory_order_release);  // pairs with the load in run()
  virEventUpdateTimeout(wake_timer_, 0);
  thread_.join();
  (void)virEventRemoveTimeout(wake_timer_);
}

void LibvirtEventLoop::run() {
  while (!is_stopping_.load(std::memory_order_acquire)) {
    if (virEventRunDefaultImpl() != 0) return;
  }
}

}  // namespace laneway
