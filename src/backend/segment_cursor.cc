#include "backend/segment_cursor.h"

#include <algorithm>
#include <cstring>

namespace laneway {

namespace {

// Calls visit(address, length) for the pieces of the segments from an offset in the first one on, `bytes` in all.
template <typename Visit>
void walk(std::span<const iovec> segments, uint64_t offset_bytes, uint64_t bytes, Visit visit) {
  for (const iovec& segment : segments) {
    const uint64_t length = std::min<uint64_t>(segment.iov_len - offset_bytes, bytes);
    if (length > 0) visit(static_cast<uint8_t*>(segment.iov_base) + offset_bytes, length);
    bytes -= length;
    if (bytes == 0) return;
    offset_bytes = 0;
  }
  LW_ASSERT(bytes == 0);
}

}  // namespace

std::span<const iovec> SegmentCursor::remaining(std::span<iovec> storage) const {
  if (offset_bytes_ == 0) return segments_.first(std::min<size_t>(segments_.size(), kVectorsMax));
  const size_t count = std::min(segments_.size(), storage.size());
  std::copy_n(segments_.begin(), count, storage.begin());
  storage[0].iov_base = static_cast<uint8_t*>(storage[0].iov_base) + offset_bytes_;
  storage[0].iov_len -= offset_bytes_;
  return storage.first(count);
}

void SegmentCursor::advance(uint64_t bytes) {
  offset_bytes_ += bytes;
  while (!segments_.empty() && offset_bytes_ >= segments_.front().iov_len) {
    offset_bytes_ -= segments_.front().iov_len;
    segments_ = segments_.subspan(1);
  }
  LW_ASSERT(!segments_.empty() || offset_bytes_ == 0);
}

void SegmentCursor::copy_to(ByteSpan buffer) const {
  uint8_t* to = buffer.data();
  walk(segments_, offset_bytes_, buffer.size(), [&to](const uint8_t* from, uint64_t length) {
    std::memcpy(to, from, length);
    to += length;
  });
}

void SegmentCursor::copy_from(ByteView buffer) const {
  const uint8_t* from = buffer.data();
  walk(segments_, offset_bytes_, buffer.size(), [&from](uint8_t* to, uint64_t length) {
    std::memcpy(to, from, length);
    from += length;
  });
}

}  // namespace laneway
