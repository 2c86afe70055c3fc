#pragma once
// SegmentCursor is a position in a request's segments: it hands out the remaining ones as iovecs and copies to and from
// them. A value in the queue's slot of the request; home reactor only.

#include <sys/uio.h>

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace laneway {

class SegmentCursor {
 public:
  static constexpr uint32_t kVectorsMax = 1024;  // of one system call (IOV_MAX)

  SegmentCursor() = default;
  explicit SegmentCursor(std::span<const iovec> segments) : segments_(segments) {}

  // The segments from here on, at most kVectorsMax. Points into the request's own array where the position is at the
  // start of a segment, else into `storage`, as far as that reaches.
  std::span<const iovec> remaining(std::span<iovec> storage) const;
  void advance(uint64_t bytes);
  // Copies between here and `buffer` and leaves the position where it is.
  void copy_to(ByteSpan buffer) const;
  void copy_from(ByteView buffer) const;

 private:
  std::span<const iovec> segments_;  // from the current one on
  uint64_t offset_bytes_ = 0;        // in the current one
};

}  // namespace laneway
