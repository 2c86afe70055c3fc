#pragma once
// KickReader keeps one read pending on a ring's kick descriptor (an eventfd or a pipe), so that a kick wakes the
// reactor. Embedded in its ring; the ring's reactor only.

#include <sys/uio.h>

#include <array>
#include <cstdint>

#include "reactor/kernel_port.h"

namespace laneway {

class KickReader {
 public:
  // Told at each kick, and when there are none any more: quiesce() has ended, or the descriptor is of no use.
  class Owner {
   public:
    virtual void kicked() = 0;
    virtual void kicks_quiet() = 0;

   protected:
    ~Owner() = default;
  };
  explicit KickReader(Owner& owner) : owner_(owner) {}

  // The kernel port of the reactor that it works on from now on. Only while idle.
  void move_to(KernelPort& kernel) {
    LW_ASSERT(is_idle());
    kernel_ = &kernel;
  }

  // Reads from `fd`, which the caller keeps until quiesce() has ended. -1 reads nothing.
  void watch(int fd);
  // Reads no more; true where nothing is in flight, else kicks_quiet() follows.
  bool quiesce();
  bool is_idle() const { return !op_.is_in_flight(); }
  // True where kicks arrive; otherwise the ring has to be polled.
  bool is_watching() const { return fd_ >= 0; }

 private:
  void start();
  void finished(int32_t result);

  KernelPort* kernel_ = nullptr;
  Owner& owner_;
  std::array<uint8_t, 64> bytes_{};  // a pipe may hold several kicks
  iovec vector_{bytes_.data(), bytes_.size()};
  int fd_ = -1;
  bool is_quiescing_ = false;
  KernelOp op_{this, done_by<&KickReader::finished>};
};

}  // namespace laneway
