#include "backend/memory_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
    : base_(std::exchange(other.base_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      is_file_(other.is_file_) {}

MemoryRegion& MemoryRegion::operator=(MemoryRegion&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(is_file_, other.is_file_);
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

Result<UniqueFd> MemoryRegion::create_file(uint64_t wanted_bytes, uint64_t needed_bytes) {
  UniqueFd file(::memfd_create("laneway-disk", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool is_sized = file && (::ftruncate(file.get(), static_cast<off_t>(wanted_bytes)) == 0 ||
                                 ::ftruncate(file.get(), static_cast<off_t>(needed_bytes)) == 0);
  if (!is_sized || ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return fail(ErrorCode::no_space, "cannot make a memory file of {} bytes: {}; ask for less", needed_bytes,
                errno_text(errno));
  }
  return file;
}

Result<MemoryRegion> MemoryRegion::map(const UniqueFd& file, uint64_t needed_bytes) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0 || static_cast<uint64_t>(found.st_size) < needed_bytes) {
    return fail(ErrorCode::invalid_argument, "the memory file of a memory disk has {} bytes, it takes {}",
                found.st_size, needed_bytes);
  }
  MemoryRegion region;
  const auto size_bytes = static_cast<uint64_t>(found.st_size);
  void* base = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file.get(), 0);
  if (base == MAP_FAILED) {
    return fail(ErrorCode::no_space, "cannot map {} bytes of a memory disk: {}; ask for less", size_bytes,
                errno_text(errno));
  }
  region.base_ = static_cast<uint8_t*>(base);
  region.size_bytes_ = size_bytes;
  region.is_file_ = true;
  ::madvise(region.base_, size_bytes, MADV_DONTDUMP);
  ::madvise(region.base_, size_bytes, MADV_HUGEPAGE);
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
  if (::madvise(base_ + first_page, end_page - first_page, is_file_ ? MADV_REMOVE : MADV_DONTNEED) != 0) {
    std::memset(base_ + first_page, 0, end_page - first_page);
  }
}

}  // namespace laneway
