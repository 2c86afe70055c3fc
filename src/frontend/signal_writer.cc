#include "frontend/signal_writer.h"

#include <algorithm>

namespace laneway {

void SignalWriter::set_bytes(ByteView bytes) {
  LW_ASSERT(bytes.size() <= bytes_.size() && is_idle());
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  vector_.iov_len = bytes.size();
}

void SignalWriter::signal(int fd) {
  if (fd < 0) return;
  fd_ = fd;
  if (op_.is_in_flight()) {
    is_raised_again_ = true;
    return;
  }
  start();
}

void SignalWriter::start() { kernel_->write(op_, fd_, {&vector_, 1}, 0, 0); }

bool SignalWriter::quiesce() {
  is_raised_again_ = false;
  if (is_idle()) return true;
  if (!is_quiescing_) kernel_->cancel(op_);
  is_quiescing_ = true;
  return false;
}

// A failed write is the front-end's loss: it closed its end, and the socket will tell.
void SignalWriter::written(int32_t result) {
  if (is_quiescing_) {
    is_quiescing_ = false;
    quiet_(owner_);
    return;
  }
  if (result > 0 && is_raised_again_) start();
  is_raised_again_ = false;
}

}  // namespace laneway
