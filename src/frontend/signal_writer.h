#pragma once
// SignalWriter writes a few fixed bytes to a front-end's descriptor: an interrupt (call), an error event, a message on
// the back-end channel. The descriptor may be any kind of file; the write waits in the kernel, never here, and signals
// raised meanwhile become one more write. Embedded in its owner, on that one's reactor.

#include <sys/uio.h>

#include <array>
#include <cstdint>

#include "reactor/kernel_port.h"

namespace laneway {

class SignalWriter {
 public:
  // Told when quiesce() has ended.
  using Quiet = void (*)(void* owner);
  SignalWriter(void* owner, Quiet quiet) : owner_(owner), quiet_(quiet) {}

  // The kernel port of the reactor that it works on from now on. Only while idle.
  void move_to(KernelPort& kernel) {
    LW_ASSERT(is_idle());
    kernel_ = &kernel;
  }

  // What is written by default: the eventfd's count of one.
  void set_bytes(ByteView bytes);
  void signal(int fd);
  // No more writes; true where none is in flight, else `quiet` follows.
  bool quiesce();
  bool is_idle() const { return !op_.is_in_flight(); }

 private:
  void start();
  void written(int32_t result);

  KernelPort* kernel_ = nullptr;
  void* owner_;
  Quiet quiet_;
  std::array<uint8_t, 16> bytes_{1};
  iovec vector_{bytes_.data(), 8};
  int fd_ = -1;
  bool is_raised_again_ = false;
  bool is_quiescing_ = false;
  KernelOp op_{this, done_by<&SignalWriter::written>};
};

}  // namespace laneway
