#pragma once
// ForeignMapping is a shared, writable mapping of somebody else's file, who may cut the file off at any time. A touch
// of what is gone does not end the process (SIGBUS): from then on the whole mapping is zeroed memory of our own, and
// is_lost() says so. A value that moves; one thread maps and unmaps it, any thread may touch it.

#include <cstddef>
#include <cstdint>
#include <utility>

namespace laneway {

class ForeignMapping {
 public:
  // What can be mapped at the same time, by the whole process.
  static constexpr uint32_t kMappingsMax = 16384;

  ForeignMapping() = default;
  ForeignMapping(ForeignMapping&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), slot_(std::exchange(other.slot_, kNone)) {}
  ForeignMapping& operator=(ForeignMapping&& other) noexcept;
  ~ForeignMapping() { unmap(); }

  // Maps part of a file; its offset is a multiple of the file's page size. is_mapped() is false and errno set where it
  // could not be.
  static ForeignMapping map(int fd, uint64_t bytes, uint64_t offset_bytes);

  bool is_mapped() const { return base_ != nullptr; }
  uint8_t* data() const { return base_; }
  // Part of the file was gone when it was touched.
  bool is_lost() const;
  // How many mappings were lost so far: a cheap look whether it is time for a closer one. Any thread.
  static uint32_t losses();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  void unmap();

  uint8_t* base_ = nullptr;
  uint32_t slot_ = kNone;
};

}  // namespace laneway
