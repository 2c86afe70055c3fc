#include "target/disk.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace laneway::fake {

namespace {

constexpr uint64_t kPage = 4096;

}  // namespace

Disk::Disk(const Options& options)
    : capacity_bytes_(options.capacity_bytes),
      block_bytes_(options.block_bytes),
      loses_cache_(options.loses_cache),
      lies_about_sync_(options.lies_about_sync) {
  LW_ASSERT(capacity_bytes_ <= kCapacityMax);
  const uint64_t reserved = std::max<uint64_t>(capacity_bytes_ * 2, 64 << 20);
  void* memory = ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  LW_ASSERT(memory != MAP_FAILED);
  if (options.is_large_paged) ::madvise(memory, reserved, MADV_HUGEPAGE);  // a wish: without it all works as well
  medium_ = {static_cast<uint8_t*>(memory), reserved};
}

Disk::Disk(Disk&& other) noexcept
    : capacity_bytes_(other.capacity_bytes_),
      block_bytes_(other.block_bytes_),
      loses_cache_(other.loses_cache_),
      lies_about_sync_(other.lies_about_sync_),
      medium_(std::exchange(other.medium_, {})),
      before_(std::move(other.before_)) {}

Disk::~Disk() {
  if (!medium_.empty()) ::munmap(medium_.data(), medium_.size());
}

ByteView Disk::read(uint64_t offset_bytes, uint64_t length_bytes) const {
  LW_ASSERT(offset_bytes <= medium_.size() && length_bytes <= medium_.size() - offset_bytes);
  return medium_.subspan(offset_bytes, length_bytes);
}

void Disk::remember(uint64_t offset_bytes, uint64_t length_bytes) {
  if (!loses_cache_) return;
  for (uint64_t at = offset_bytes; at < offset_bytes + length_bytes; at += block_bytes_) {
    const ByteView old = read(at, block_bytes_);
    before_.try_emplace(at, old.begin(), old.end());
  }
}

// Without a cache that can be lost it is stable at once.
void Disk::tell_landed(uint64_t offset_bytes, uint64_t length_bytes) {
  if (log_ == nullptr) return;
  log_->landed(offset_bytes, read(offset_bytes, length_bytes));
  if (!loses_cache_ && !lies_about_sync_) log_->synced(offset_bytes, length_bytes);
}

void Disk::write(uint64_t offset_bytes, ByteView bytes, bool is_stable) {
  LW_ASSERT(offset_bytes <= medium_.size() && bytes.size() <= medium_.size() - offset_bytes);
  if (!is_stable) remember(offset_bytes, bytes.size());
  std::copy(bytes.begin(), bytes.end(), medium_.data() + offset_bytes);
  tell_landed(offset_bytes, bytes.size());
  if (is_stable) sync(offset_bytes, bytes.size());
}

void Disk::zero(uint64_t offset_bytes, uint64_t length_bytes) {
  LW_ASSERT(offset_bytes <= medium_.size() && length_bytes <= medium_.size() - offset_bytes);
  remember(offset_bytes, length_bytes);
  const ByteSpan range = medium_.subspan(offset_bytes, length_bytes);
  const bool is_whole_pages = offset_bytes % kPage == 0 && length_bytes % kPage == 0 && length_bytes > 0;
  const bool is_freed = is_whole_pages && ::madvise(range.data(), range.size(), MADV_DONTNEED) == 0;
  if (!is_freed) std::fill(range.begin(), range.end(), uint8_t{0});
  tell_landed(offset_bytes, length_bytes);
}

void Disk::sync_all() { sync(0, medium_.size()); }

void Disk::sync(uint64_t offset_bytes, uint64_t length_bytes) {
  if (lies_about_sync_) return;
  before_.erase(before_.lower_bound(offset_bytes), before_.lower_bound(offset_bytes + length_bytes));
  if (log_ != nullptr) log_->synced(offset_bytes, length_bytes);
}

void Disk::cut_power(Random& random) {
  for (const auto& [offset, old] : before_) {
    if (random.one_in(2)) std::copy(old.begin(), old.end(), medium_.data() + offset);
    if (log_ == nullptr) continue;
    log_->landed(offset, read(offset, block_bytes_));
    log_->synced(offset, block_bytes_);
  }
  before_.clear();
}

}  // namespace laneway::fake
