#pragma once
// GuestMemory maps a guest's memory regions and turns guest addresses into bounds-checked views: the only place that
// makes pointers into a guest. One owner (the device), home reactor only. Views stay valid until the regions change.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "guest/foreign_mapping.h"

namespace laneway {

enum class GuestAddr : uint64_t {};  // guest-physical
enum class UserAddr : uint64_t {};   // virtual address in the front-end's process (vhost-user ring addresses)

struct GuestRegion {
  GuestAddr guest_address{};
  uint64_t size_bytes = 0;
  UserAddr user_address{};
  uint64_t mmap_offset_bytes = 0;
  friend bool operator==(const GuestRegion&, const GuestRegion&) = default;
};

class GuestMemory {
 public:
  static constexpr uint32_t kRegionsMax = 509;

  GuestMemory() = default;
  GuestMemory(GuestMemory&& other) noexcept { *this = std::move(other); }
  GuestMemory& operator=(GuestMemory&&) noexcept;
  ~GuestMemory() = default;

  // Maps one region of `fd` shared and writable. Refuses an empty or overflowing region, one that overlaps another in
  // guest or user addresses, a file smaller than the region, and the 510th. The descriptor is kept (device record).
  Result<void> add(const GuestRegion& region, UniqueFd fd);
  // Unmaps the region with the same guest address, user address and size.
  Result<void> remove(const GuestRegion& region);
  void clear();
  // A second map over the same mappings, for another thread: this one must keep them for as long as it is used.
  GuestMemory share() const;

  size_t region_count() const { return mapped_.size(); }
  const GuestRegion& region(size_t index) const { return mapped_[index].region; }
  int region_fd(size_t index) const { return mapped_[index].fd.get(); }
  // A file became shorter than its region while it was in use: what was in it is gone.
  bool is_lost() const;

  // The bytes at an address; nothing where they are not wholly inside one region. length 0 gives an empty view of a
  // valid address.
  std::optional<ByteSpan> view(GuestAddr address, uint64_t length_bytes) const {
    const uint64_t offset = static_cast<uint64_t>(address) - recent_.start;
    if (offset < recent_.size_bytes && length_bytes <= recent_.size_bytes - offset) {
      return ByteSpan(recent_.base + offset, length_bytes);
    }
    return find_view(address, length_bytes);
  }
  std::optional<ByteSpan> view(UserAddr address, uint64_t length_bytes) const;
  // The longest run of bytes that starts at the address and lies in one region, at most length_bytes; for buffers that
  // span adjacent regions.
  std::optional<ByteSpan> view_prefix(GuestAddr address, uint64_t length_bytes) const;
  std::optional<GuestAddr> guest_address(UserAddr address) const;

 private:
  struct Mapped {
    GuestRegion region;
    UniqueFd fd;
    ForeignMapping mapping;   // from mmap_offset rounded down to a page on
    uint8_t* base = nullptr;  // where region.guest_address is mapped
  };
  // A region as the fast path needs it.
  struct Window {
    uint64_t start = 0;
    uint64_t size_bytes = 0;
    uint8_t* base = nullptr;
  };
  const Mapped* find(GuestAddr address) const;
  const Mapped* find(UserAddr address) const;

  std::optional<ByteSpan> find_view(GuestAddr address, uint64_t length_bytes) const;

  std::vector<Mapped> mapped_;  // by guest address
  mutable Window recent_;       // most lookups repeat the region of the one before
};

}  // namespace laneway
