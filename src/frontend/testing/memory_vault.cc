#include "frontend/testing/memory_vault.h"

#include <fcntl.h>

#include <utility>

namespace laneway {

namespace {

UniqueFd copy_of(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  LW_ASSERT(copy);
  return copy;
}

}  // namespace

void VaultShelf::store(const EncodedRecord& record) {
  has_device = true;
  bytes = record.bytes;
  descriptors.clear();
  for (const int fd : record.descriptors) descriptors.push_back(copy_of(fd));
}

void VaultShelf::clear() {
  has_device = false;
  bytes.clear();
  descriptors.clear();
  note = 0;
}

KeptDevice VaultShelf::take() const {
  std::vector<UniqueFd> copies;
  for (const UniqueFd& fd : descriptors) copies.push_back(copy_of(fd.get()));
  auto record = decode_record(bytes, std::move(copies));
  LW_ASSERT(record.has_value());
  return {std::move(*record), note};
}

void MemoryVault::put(const EncodedRecord& record) {
  LW_ASSERT(is_idle());
  ++puts_;
  is_dead_ |= is_fate(Death::before_put);
  if (!is_dead_) shelf_.store(record);
  is_dead_ |= is_fate(Death::after_put);
  tell(is_putting_);
}

// The kernel does it in the same call as what was started before it; that call is made in this turn.
void MemoryVault::note(uint64_t serial) {
  LW_ASSERT(is_idle());
  if (!is_dead_) shelf_.note = serial;
  is_dead_ |= is_fate(Death::after_note);
  tell(is_noting_);
}

void MemoryVault::drop() {
  LW_ASSERT(is_idle());
  if (!is_dead_) shelf_.clear();
}

void MemoryVault::renew() {
  shelf_.clear();
  if (owner_ != nullptr) owner_->vault_renewed();
}

void MemoryVault::tell(bool& is_under_way) {
  is_under_way = true;
  post();
}

void MemoryVault::bury() {
  is_buried_ = true;
  if (!is_idle()) post();
}

void MemoryVault::hold(bool is_held) {
  is_held_ = is_held;
  if (!is_idle()) post();
}

void MemoryVault::post() {
  if (is_posted_ || is_held_ || (is_dead_ && !is_buried_)) return;
  is_posted_ = true;
  reactor_.post(*this);
}

void MemoryVault::deliver() {
  is_posted_ = false;
  if (is_dead_ && !is_buried_) return;
  if (std::exchange(is_putting_, false)) {
    owner_->record_kept();
  } else if (std::exchange(is_noting_, false)) {
    owner_->note_sent();
  }
}

}  // namespace laneway
