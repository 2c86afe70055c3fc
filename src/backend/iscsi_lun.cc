#include "backend/iscsi_lun.h"

namespace laneway {

std::string IscsiLun::describe() const {
  return fmt::format("iscsi {} lun {}", target_.settings().target_name, number());
}

LunFacts IscsiLun::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

bool IscsiLun::accept(const LunFacts& now) {
  bool has_changed = false;
  {
    const std::lock_guard lock(mutex_);
    if (now.identity != facts_.identity || now.limits.block_bytes != facts_.limits.block_bytes) return false;
    has_changed = now.limits.capacity_bytes != facts_.limits.capacity_bytes ||
                  now.is_write_protected != facts_.is_write_protected;
    facts_ = now;
  }
  if (has_changed) watcher_.tell();
  return true;
}

uint32_t IscsiLun::take_queue_number() {
  const std::lock_guard lock(mutex_);
  uint32_t number = 0;
  while (number + 1 < queue_numbers_.size() && queue_numbers_.test(number)) ++number;
  queue_numbers_.set(number);
  return number;
}

void IscsiLun::give_back_queue_number(uint32_t number) {
  const std::lock_guard lock(mutex_);
  queue_numbers_.reset(number);
}

}  // namespace laneway
