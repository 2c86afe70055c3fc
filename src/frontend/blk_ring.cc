#include "frontend/blk_ring.h"

namespace laneway {

BlkRing::BlkRing(KernelPort& kernel, Owner& owner, uint32_t index)
    : owner_(owner),
      index_(index),
      kick_(kernel, *this),
      call_(kernel, this, signals_quiet),
      error_(kernel, this, signals_quiet) {}

void BlkRing::signals_quiet(void* ring) {
  auto& self = *static_cast<BlkRing*>(ring);
  self.owner_.ring_quiet(self);
}

void BlkRing::use_descriptors(const RingRecord& record) {
  kick_.watch(record.kick.get());
  call_fd_ = record.call.get();
  error_fd_ = record.error.get();
}

bool BlkRing::quiesce() {
  call_fd_ = error_fd_ = -1;
  const bool is_kick_quiet = kick_.quiesce();
  const bool is_call_quiet = call_.quiesce();
  const bool is_error_quiet = error_.quiesce();
  return is_kick_quiet && is_call_quiet && is_error_quiet;
}

bool BlkRing::call() {
  if (call_fd_ < 0) return false;
  call_.signal(call_fd_);
  return true;
}

void BlkRing::signal_error() { error_.signal(error_fd_); }

}  // namespace laneway
