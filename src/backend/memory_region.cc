#include "backend/memory_region.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/units.h"

namespace laneway {

namespace {

constexpr uint64_t kPageBytes = 4 * kKiB;

uint8_t* map_zeroes(uint64_t size_bytes) {
  void* base = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return base == MAP_FAILED ? nullptr : static_cast<uint8_t*>(base);
}

}  // namespace

MemoryRegion::MemoryRegion(MemoryRegion&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

MemoryRegion& MemoryRegion::operator=(MemoryRegion&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

MemoryRegion::~MemoryRegion() {
  if (base_ != nullptr) ::munmap(base_, size_bytes_);
}

Result<MemoryRegion> MemoryRegion::reserve(uint64_t wanted_bytes, uint64_t needed_bytes) {
  MemoryRegion region;
  region.base_ = map_zeroes(wanted_bytes);
  region.size_bytes_ = wanted_bytes;
  if (region.base_ == nullptr) {
    region.base_ = map_zeroes(needed_bytes);
    region.size_bytes_ = needed_bytes;
  }
  if (region.base_ == nullptr) {
    return fail(ErrorCode::no_space, "cannot reserve {} bytes of address space for a memory disk: {}; ask for less",
                needed_bytes, errno_text(errno));
  }
  ::madvise(region.base_, region.size_bytes_, MADV_DONTDUMP);
  // A hint that the system may not follow: at random offsets, large pages save a page walk in each request.
  ::madvise(region.base_, region.size_bytes_, MADV_HUGEPAGE);
  return region;
}

void MemoryRegion::clear(uint64_t offset_bytes, uint64_t length_bytes) const {
  const uint64_t end = offset_bytes + length_bytes;
  const uint64_t first_page = (offset_bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  const uint64_t end_page = end / kPageBytes * kPageBytes;
  if (first_page >= end_page) {
    std::memset(base_ + offset_bytes, 0, length_bytes);
    return;
  }
  std::memset(base_ + offset_bytes, 0, first_page - offset_bytes);
  std::memset(base_ + end_page, 0, end - end_page);
  if (::madvise(base_ + first_page, end_page - first_page, MADV_DONTNEED) != 0) {
    std::memset(base_ + first_page, 0, end_page - first_page);
  }
}

}  // namespace laneway
