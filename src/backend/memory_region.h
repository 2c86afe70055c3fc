#pragma once
// MemoryRegion is a sparse range of zeroed bytes: address space is reserved once, pages appear where something is
// written and go away where something is discarded. It is the process's own memory, or that of a file which may outlive
// it. Owned by a MemoryDisk. Any thread may use the bytes; the guest orders its accesses.

#include <cstdint>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace laneway {

class MemoryRegion {
 public:
  MemoryRegion() = default;
  MemoryRegion(MemoryRegion&& other) noexcept;
  MemoryRegion& operator=(MemoryRegion&& other) noexcept;
  ~MemoryRegion();

  // As much as `wanted_bytes`, or at least `needed_bytes` where the address space is short.
  static Result<MemoryRegion> reserve(uint64_t wanted_bytes, uint64_t needed_bytes);
  // A memory file of that size, for map(); nobody can change its size.
  static Result<UniqueFd> create_file(uint64_t wanted_bytes, uint64_t needed_bytes);
  // With what the file of an earlier region holds; refuses one of fewer bytes than needed.
  static Result<MemoryRegion> map(const UniqueFd& file, uint64_t needed_bytes);

  uint64_t size_bytes() const { return size_bytes_; }
  uint8_t* at(uint64_t offset_bytes) const { return base_ + offset_bytes; }
  // Makes the range read as zeroes and gives whole pages of it back to the system. The range is inside the region.
  void clear(uint64_t offset_bytes, uint64_t length_bytes) const;

 private:
  uint8_t* base_ = nullptr;
  uint64_t size_bytes_ = 0;
  bool is_file_ = false;
};

}  // namespace laneway
