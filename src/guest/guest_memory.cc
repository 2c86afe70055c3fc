#include "guest/guest_memory.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace laneway {

namespace {

constexpr uint64_t kPageBytes = 4096;

constexpr uint64_t number(GuestAddr address) { return static_cast<uint64_t>(address); }
constexpr uint64_t number(UserAddr address) { return static_cast<uint64_t>(address); }

// True where [a, a + a_size) and [b, b + b_size) share a byte; neither range wraps.
constexpr bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

constexpr bool wraps(uint64_t start, uint64_t size) { return start > UINT64_MAX - size; }

Result<void> check_shape(const GuestRegion& region) {
  const uint64_t size = region.size_bytes;
  if (size == 0) {
    return fail(ErrorCode::invalid_argument, "the memory region of guest address {:#x} is empty",
                number(region.guest_address));
  }
  // The end in the file must also be an off_t.
  if (wraps(number(region.guest_address), size) || wraps(number(region.user_address), size) ||
      wraps(region.mmap_offset_bytes, size) || region.mmap_offset_bytes + size > uint64_t{INT64_MAX}) {
    return fail(ErrorCode::invalid_argument, "the memory region of guest address {:#x} and size {:#x} wraps around",
                number(region.guest_address), size);
  }
  return {};
}

// A regular or memory file must be as long as the region; anything shorter would fault on access. Returns the alignment
// that mmap wants: the huge page's size on hugetlbfs.
Result<uint64_t> check_file(const GuestRegion& region, int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) {
    return fail(ErrorCode::invalid_argument, "the memory region's descriptor cannot be examined: {}",
                errno_text(errno));
  }
  if (!S_ISREG(file.st_mode)) {
    return fail(ErrorCode::invalid_argument, "guest memory must be a file or memfd; use memory-backend-memfd,share=on");
  }
  if (static_cast<uint64_t>(file.st_size) < region.mmap_offset_bytes + region.size_bytes) {
    return fail(ErrorCode::invalid_argument, "the memory region of guest address {:#x} is larger than its file",
                number(region.guest_address));
  }
  const auto block_bytes = static_cast<uint64_t>(file.st_blksize);
  return std::has_single_bit(block_bytes) ? std::max(block_bytes, kPageBytes) : kPageBytes;
}

}  // namespace

GuestMemory& GuestMemory::operator=(GuestMemory&& other) noexcept {
  mapped_ = std::move(other.mapped_);
  recent_ = other.recent_ = {};
  return *this;
}

Result<void> GuestMemory::add(const GuestRegion& region, UniqueFd fd) {
  if (mapped_.size() >= kRegionsMax) {
    return fail(ErrorCode::no_space, "a guest has more than {} memory regions", kRegionsMax);
  }
  if (auto good = check_shape(region); !good) return good;
  auto page_bytes = check_file(region, fd.get());
  if (!page_bytes) return pass_on(page_bytes);
  for (const Mapped& other : mapped_) {
    const uint64_t size = region.size_bytes;
    const uint64_t other_size = other.region.size_bytes;
    if (overlaps(number(region.guest_address), size, number(other.region.guest_address), other_size) ||
        overlaps(number(region.user_address), size, number(other.region.user_address), other_size)) {
      return fail(ErrorCode::invalid_argument, "the memory region of guest address {:#x} overlaps another one",
                  number(region.guest_address));
    }
  }

  const uint64_t skipped = region.mmap_offset_bytes % *page_bytes;
  const uint64_t mapping_bytes = (region.size_bytes + skipped + *page_bytes - 1) / *page_bytes * *page_bytes;
  ForeignMapping mapping = ForeignMapping::map(fd.get(), mapping_bytes, region.mmap_offset_bytes - skipped);
  if (!mapping.is_mapped()) {
    return fail(ErrorCode::io, "cannot map the memory region of guest address {:#x}: {}", number(region.guest_address),
                errno_text(errno));
  }
  uint8_t* const base = mapping.data() + skipped;
  Mapped mapped{region, std::move(fd), std::move(mapping), base};
  const auto place =
      std::upper_bound(mapped_.begin(), mapped_.end(), number(region.guest_address),
                       [](uint64_t address, const Mapped& m) { return address < number(m.region.guest_address); });
  mapped_.insert(place, std::move(mapped));
  recent_ = {};
  return {};
}

Result<void> GuestMemory::remove(const GuestRegion& region) {
  const auto found = std::find_if(mapped_.begin(), mapped_.end(), [&](const Mapped& m) {
    return m.region.guest_address == region.guest_address && m.region.user_address == region.user_address &&
           m.region.size_bytes == region.size_bytes;
  });
  if (found == mapped_.end()) {
    return fail(ErrorCode::not_found, "no memory region has guest address {:#x} and size {:#x}",
                number(region.guest_address), region.size_bytes);
  }
  mapped_.erase(found);
  recent_ = {};
  return {};
}

void GuestMemory::clear() {
  mapped_.clear();
  recent_ = {};
}

GuestMemory GuestMemory::share() const {
  GuestMemory shared;
  shared.mapped_.reserve(mapped_.size());
  for (const Mapped& mapped : mapped_)
    shared.mapped_.push_back({mapped.region, UniqueFd(), ForeignMapping(), mapped.base});
  return shared;
}

bool GuestMemory::is_lost() const {
  return std::any_of(mapped_.begin(), mapped_.end(), [](const Mapped& mapped) { return mapped.mapping.is_lost(); });
}

const GuestMemory::Mapped* GuestMemory::find(GuestAddr address) const {
  const auto after =
      std::upper_bound(mapped_.begin(), mapped_.end(), number(address),
                       [](uint64_t wanted, const Mapped& m) { return wanted < number(m.region.guest_address); });
  if (after == mapped_.begin()) return nullptr;
  const Mapped& candidate = *(after - 1);
  if (number(address) - number(candidate.region.guest_address) >= candidate.region.size_bytes) return nullptr;
  recent_ = {number(candidate.region.guest_address), candidate.region.size_bytes, candidate.base};
  return &candidate;
}

const GuestMemory::Mapped* GuestMemory::find(UserAddr address) const {
  for (const Mapped& mapped : mapped_) {
    if (number(address) - number(mapped.region.user_address) < mapped.region.size_bytes) return &mapped;
  }
  return nullptr;
}

std::optional<ByteSpan> GuestMemory::find_view(GuestAddr address, uint64_t length_bytes) const {
  const Mapped* mapped = find(address);
  if (mapped == nullptr) return std::nullopt;
  const uint64_t offset = number(address) - number(mapped->region.guest_address);
  if (mapped->region.size_bytes - offset < length_bytes) return std::nullopt;
  return ByteSpan(mapped->base + offset, length_bytes);
}

std::optional<ByteSpan> GuestMemory::view(UserAddr address, uint64_t length_bytes) const {
  const Mapped* mapped = find(address);
  if (mapped == nullptr) return std::nullopt;
  const uint64_t offset = number(address) - number(mapped->region.user_address);
  if (mapped->region.size_bytes - offset < length_bytes) return std::nullopt;
  return ByteSpan(mapped->base + offset, length_bytes);
}

std::optional<ByteSpan> GuestMemory::view_prefix(GuestAddr address, uint64_t length_bytes) const {
  const Mapped* mapped = find(address);
  if (mapped == nullptr) return std::nullopt;
  const uint64_t offset = number(address) - number(mapped->region.guest_address);
  return ByteSpan(mapped->base + offset, std::min(mapped->region.size_bytes - offset, length_bytes));
}

std::optional<GuestAddr> GuestMemory::guest_address(UserAddr address) const {
  const Mapped* mapped = find(address);
  if (mapped == nullptr) return std::nullopt;
  return GuestAddr{number(address) - number(mapped->region.user_address) + number(mapped->region.guest_address)};
}

}  // namespace laneway
