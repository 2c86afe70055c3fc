#include "virtio/testing/fake_guest.h"

#include <fcntl.h>
#include <sys/mman.h>

namespace laneway {

FakeGuest::FakeGuest(std::vector<uint64_t> region_sizes) {
  for (const uint64_t size : region_sizes) {
    LW_ASSERT(size > 0 && size % 4096 == 0);
    UniqueFd fd(::memfd_create("fake-guest", MFD_CLOEXEC));
    LW_ASSERT(fd && ::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
    const GuestRegion region{GuestAddr{end_}, size, user(GuestAddr{end_}), 0};
    const auto added = memory_.add(region, std::move(fd));
    LW_ASSERT(added.has_value());
    end_ += size;
  }
}

UniqueFd FakeGuest::duplicate_fd(size_t index) const {
  UniqueFd copy(::fcntl(memory_.region_fd(index), F_DUPFD_CLOEXEC, 0));
  LW_ASSERT(static_cast<bool>(copy));
  return copy;
}

GuestAddr FakeGuest::allocate(uint64_t length_bytes, uint64_t alignment) {
  for (;;) {
    const uint64_t start = (next_ + alignment - 1) / alignment * alignment;
    LW_ASSERT(start + length_bytes <= end_);
    if (memory_.view(GuestAddr{start}, length_bytes)) {
      next_ = start + length_bytes;
      return GuestAddr{start};
    }
    // It would lie across two regions: begin in the next one.
    const auto rest = memory_.view_prefix(GuestAddr{start}, length_bytes);
    next_ = start + rest->size();
  }
}

ByteSpan FakeGuest::bytes(GuestAddr address, uint64_t length_bytes) const {
  const auto view = memory_.view(address, length_bytes);
  LW_ASSERT(view.has_value());
  return *view;
}

GuestMemory FakeGuest::map_for_device() const {
  GuestMemory memory;
  for (size_t i = 0; i < region_count(); ++i) {
    const auto added = memory.add(region(i), duplicate_fd(i));
    LW_ASSERT(added.has_value());
  }
  return memory;
}

}  // namespace laneway
