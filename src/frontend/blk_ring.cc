#include "frontend/blk_ring.h"

namespace laneway {

BlkRing::BlkRing(uint32_t index)
    : index_(index), kick_(*this), call_(this, signals_quiet), error_(this, signals_quiet) {}

void BlkRing::signals_quiet(void* ring) {
  auto& self = *static_cast<BlkRing*>(ring);
  self.owner_->ring_quiet(self);
}

void BlkRing::join(KernelPort& kernel, Owner& owner) {
  owner_ = &owner;
  kick_.move_to(kernel);
  call_.move_to(kernel);
  error_.move_to(kernel);
}

void BlkRing::use_descriptors(const RingDescriptors& to_use) {
  kick_.watch(to_use.kick);
  call_fd_ = to_use.call;
  error_fd_ = to_use.error;
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
