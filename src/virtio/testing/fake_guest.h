#pragma once
// FakeGuest is a guest's memory for tests: memfd regions, mapped once more on our side as a front-end hands them over,
// and a bump allocator. Used by unit tests, fuzzers and the simulator; one thread.

#include <cstdint>
#include <vector>

#include "guest/guest_memory.h"

namespace laneway {

class FakeGuest {
 public:
  static constexpr uint64_t kFirstAddress = 0x1000'0000;    // guest address of the first region
  static constexpr uint64_t kUserShift = 0x7f00'0000'0000;  // user address = guest address + this

  // Adjacent regions of these sizes (multiples of 4096), each its own memfd.
  explicit FakeGuest(std::vector<uint64_t> region_sizes = {8ull << 20});

  size_t region_count() const { return memory_.region_count(); }
  const GuestRegion& region(size_t index) const { return memory_.region(index); }
  UniqueFd duplicate_fd(size_t index) const;

  // A piece of memory of the guest, zeroed at first. Asserts where the memory is used up.
  GuestAddr allocate(uint64_t length_bytes, uint64_t alignment = 16);
  // As if nothing had been allocated after `mark()` returned this; for loops that would use the memory up.
  GuestAddr mark() const { return GuestAddr{next_}; }
  void rewind(GuestAddr mark) { next_ = static_cast<uint64_t>(mark); }

  // The bytes as the guest sees them; asserts that they are inside one region.
  ByteSpan bytes(GuestAddr address, uint64_t length_bytes) const;
  static UserAddr user(GuestAddr address) { return UserAddr{static_cast<uint64_t>(address) + kUserShift}; }
  GuestAddr end() const { return GuestAddr{end_}; }

  // The device's own mapping of the same memory.
  GuestMemory map_for_device() const;

 private:
  GuestMemory memory_;
  uint64_t next_ = kFirstAddress;
  uint64_t end_ = kFirstAddress;
};

constexpr GuestAddr operator+(GuestAddr address, uint64_t offset) {
  return GuestAddr{static_cast<uint64_t>(address) + offset};
}

}  // namespace laneway
