#pragma once
// AlignedBuffers is a fixed set of page-aligned buffers of equal size, and one more that holds zeroes, reserved at once
// and backed by memory when first used. For requests whose own segments the kernel would refuse. Owned by a queue; its
// reactor only.

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"

namespace laneway {

class AlignedBuffers {
 public:
  static constexpr uint32_t kBufferBytes = 128 * kKiB;

  static Result<AlignedBuffers> reserve(uint32_t count);
  AlignedBuffers(AlignedBuffers&& other) noexcept;
  AlignedBuffers& operator=(AlignedBuffers&&) = delete;
  ~AlignedBuffers();

  // A buffer of kBufferBytes, or null where all are taken.
  uint8_t* take();
  void give_back(uint8_t* buffer) { free_.push_back(buffer); }
  // kBufferBytes of zeroes; only to be read.
  uint8_t* zeroes() const { return base_; }

 private:
  AlignedBuffers() = default;

  uint8_t* base_ = nullptr;
  uint64_t size_bytes_ = 0;
  std::vector<uint8_t*> free_;
};

}  // namespace laneway
