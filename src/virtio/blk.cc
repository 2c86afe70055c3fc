#include "virtio/blk.h"

#include <algorithm>

namespace laneway {

namespace {

ByteSpan span_of(const iovec& segment) { return {static_cast<uint8_t*>(segment.iov_base), segment.iov_len}; }

// Takes `bytes` off the front of the list, which has them; the list's first entry may be shortened in place.
std::span<iovec> drop_front(std::span<iovec> list, uint64_t bytes) {
  size_t skipped = 0;
  while (skipped < list.size() && list[skipped].iov_len <= bytes) bytes -= list[skipped++].iov_len;
  if (bytes > 0) {
    list[skipped].iov_base = static_cast<uint8_t*>(list[skipped].iov_base) + bytes;
    list[skipped].iov_len -= bytes;
  }
  return list.subspan(skipped);
}

}  // namespace

RingFault decode_blk_request(ChainSegments& segments, BlkRequestView& out) {
  if (segments.readable_bytes < sizeof(BlkHeaderWire)) return RingFault::no_header;
  if (segments.writable_bytes < 1) return RingFault::no_status;
  const std::span<iovec> all(segments.list.data(), segments.count);
  const std::span<iovec> readable = all.first(segments.readable_count);
  std::span<iovec> writable = all.subspan(segments.readable_count);

  if (readable[0].iov_len >= sizeof(BlkHeaderWire)) {
    std::memcpy(&out.header, readable[0].iov_base, sizeof(BlkHeaderWire));
  } else {
    gather_bytes(readable, writable_bytes_of(out.header));
  }
  // From here on the fields come from the copy, never from the guest's memory again.
  asm volatile("" : "+m"(out.header) : : "memory");
  out.to_device = drop_front(readable, sizeof(BlkHeaderWire));
  out.to_device_bytes = segments.readable_bytes - sizeof(BlkHeaderWire);

  iovec& last = writable.back();
  out.status = static_cast<uint8_t*>(last.iov_base) + last.iov_len - 1;
  last.iov_len -= 1;
  if (last.iov_len == 0) writable = writable.first(writable.size() - 1);
  out.from_device = writable;
  out.from_device_bytes = segments.writable_bytes - 1;
  return RingFault::none;
}

bool decode_blk_range(std::span<const iovec> to_device, uint64_t bytes, BlkRangeWire& out) {
  if (bytes != sizeof(BlkRangeWire)) return false;
  return gather_bytes(to_device, writable_bytes_of(out)) == sizeof(BlkRangeWire);
}

uint64_t gather_bytes(std::span<const iovec> from, ByteSpan into) {
  uint64_t copied = 0;
  for (const iovec& segment : from) {
    const size_t part = std::min<size_t>(segment.iov_len, into.size() - copied);
    if (part == 0) break;
    std::memcpy(into.data() + copied, span_of(segment).data(), part);
    copied += part;
  }
  return copied;
}

uint64_t scatter_bytes(ByteView from, std::span<const iovec> into) {
  uint64_t copied = 0;
  for (const iovec& segment : into) {
    const size_t part = std::min<size_t>(segment.iov_len, from.size() - copied);
    if (part == 0) break;
    std::memcpy(span_of(segment).data(), from.data() + copied, part);
    copied += part;
  }
  return copied;
}

}  // namespace laneway
