#include "frontend/kick_reader.h"

namespace laneway {

void KickReader::watch(int fd) {
  LW_ASSERT(is_idle());
  fd_ = fd;
  if (fd_ >= 0) start();
}

void KickReader::start() { kernel_->read(op_, fd_, {&vector_, 1}, 0); }

bool KickReader::quiesce() {
  fd_ = -1;
  if (is_idle()) return true;
  if (!is_quiescing_) kernel_->cancel(op_);
  is_quiescing_ = true;
  return false;
}

void KickReader::finished(int32_t result) {
  if (is_quiescing_) {
    is_quiescing_ = false;
    owner_.kicks_quiet();
    return;
  }
  if (result > 0) {
    start();
    owner_.kicked();
    return;
  }
  // Its other end is gone, or it is no file that can be read: without kicks the ring is polled.
  fd_ = -1;
  owner_.kicks_quiet();
}

}  // namespace laneway
