#include "backend/aligned_buffers.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace laneway {

AlignedBuffers::AlignedBuffers(AlignedBuffers&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      free_(std::move(other.free_)) {}

AlignedBuffers::~AlignedBuffers() {
  if (base_ != nullptr) ::munmap(base_, size_bytes_);
}

Result<AlignedBuffers> AlignedBuffers::reserve(uint32_t count) {
  AlignedBuffers buffers;
  buffers.size_bytes_ = uint64_t{count + 1} * kBufferBytes;
  void* base = ::mmap(nullptr, buffers.size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) {
    return fail(ErrorCode::no_space, "cannot reserve {} bytes of buffers: {}; free some memory", buffers.size_bytes_,
                errno_text(errno));
  }
  buffers.base_ = static_cast<uint8_t*>(base);
  buffers.free_.reserve(count);
  for (uint32_t i = count; i > 0; --i) buffers.free_.push_back(buffers.base_ + uint64_t{i} * kBufferBytes);
  return buffers;
}

uint8_t* AlignedBuffers::take() {
  if (free_.empty()) return nullptr;
  uint8_t* buffer = free_.back();
  free_.pop_back();
  return buffer;
}

}  // namespace laneway
