#include "virtio/chain_walk.h"

namespace laneway {

namespace {

// Appends one piece; neighbours of the same kind become one segment.
inline RingFault append(ByteSpan piece, bool starts_kind, ChainSegments& out) {
  if (!starts_kind) {
    iovec& last = out.list[out.count - 1];
    if (static_cast<uint8_t*>(last.iov_base) + last.iov_len == piece.data()) {
      last.iov_len += piece.size();
      return RingFault::none;
    }
  }
  if (out.count == ChainSegments::kMax) return RingFault::too_many_segments;
  out.list[out.count++] = {piece.data(), piece.size()};
  return RingFault::none;
}

// A buffer that is not wholly inside one region: one piece a region, as long as they are adjacent in guest addresses.
[[gnu::noinline]] RingFault append_spanning(const GuestMemory& memory, const DescriptorWire& descriptor,
                                            bool starts_kind, ChainSegments& out) {
  uint64_t address = descriptor.address;
  uint64_t left = descriptor.length;
  while (left > 0) {
    // At most one turn a region: each piece ends at its region's end.
    const auto piece = memory.view_prefix(GuestAddr{address}, left);
    if (!piece || piece->empty()) return RingFault::address_outside_memory;
    if (const RingFault fault = append(*piece, starts_kind, out); fault != RingFault::none) return fault;
    starts_kind = false;
    address += piece->size();
    left -= piece->size();
    if (left > 0 && address == 0) return RingFault::address_outside_memory;  // wrapped around
  }
  return RingFault::none;
}

inline RingFault add_buffer(const GuestMemory& memory, const DescriptorWire& descriptor, ChainSegments& out) {
  const bool is_writable = (descriptor.flags & kDescriptorWrite) != 0;
  const bool has_writable = out.count > out.readable_count;
  if (!is_writable && has_writable) return RingFault::readable_after_writable;
  if (descriptor.length == 0) return RingFault::none;
  const bool starts_kind = is_writable ? !has_writable : out.count == 0;

  const auto whole = memory.view(GuestAddr{descriptor.address}, descriptor.length);
  const RingFault fault =
      whole ? append(*whole, starts_kind, out) : append_spanning(memory, descriptor, starts_kind, out);
  if (is_writable) {
    out.writable_bytes += descriptor.length;
  } else {
    out.readable_bytes += descriptor.length;
    out.readable_count = out.count;
  }
  return fault;
}

}  // namespace

RingFault walk_chain(const ChainWalk& walk, uint16_t head, ChainSegments& out) {
  out.clear();
  DescriptorTable table = walk.table;
  bool is_indirect = false;
  uint32_t index = head;
  uint32_t steps_left = table.count();
  for (;;) {
    if (steps_left-- == 0) return RingFault::descriptor_cycle;
    const DescriptorWire descriptor = table.copy(index);
    if ((descriptor.flags & kDescriptorIndirect) != 0) {
      if (!walk.has_indirect) return RingFault::indirect_not_negotiated;
      if (is_indirect) return RingFault::indirect_nested;
      if ((descriptor.flags & kDescriptorNext) != 0) return RingFault::indirect_with_next;
      const uint32_t count = descriptor.length / 16;
      if (count == 0 || descriptor.length % 16 != 0 || count > kChainDescriptorsMax) return RingFault::indirect_length;
      const auto bytes = walk.memory.view(GuestAddr{descriptor.address}, descriptor.length);
      if (!bytes) return RingFault::address_outside_memory;
      table = DescriptorTable(*bytes);
      is_indirect = true;
      index = 0;
      steps_left = count;
      continue;
    }
    if (const RingFault fault = add_buffer(walk.memory, descriptor, out); fault != RingFault::none) return fault;
    if ((descriptor.flags & kDescriptorNext) == 0) return RingFault::none;
    index = descriptor.next;
    if (index >= table.count()) return RingFault::next_out_of_range;
  }
}

const char* describe(RingFault fault) {
  switch (fault) {
    case RingFault::none:
      return "no fault";
    case RingFault::bad_setup:
      return "a part of the ring is outside the guest's memory or misaligned";
    case RingFault::available_index_jump:
      return "the available index jumped by more than the ring's size";
    case RingFault::head_out_of_range:
      return "the head of a descriptor chain is out of range";
    case RingFault::head_in_flight:
      return "a descriptor chain was made available again before it was used";
    case RingFault::next_out_of_range:
      return "the next descriptor of a chain is out of range";
    case RingFault::descriptor_cycle:
      return "a descriptor chain is longer than its table: it has a cycle";
    case RingFault::address_outside_memory:
      return "a descriptor points outside the guest's memory";
    case RingFault::indirect_not_negotiated:
      return "an indirect descriptor without the INDIRECT_DESC feature";
    case RingFault::indirect_nested:
      return "an indirect descriptor inside an indirect table";
    case RingFault::indirect_with_next:
      return "an indirect descriptor that claims to have a next one";
    case RingFault::indirect_length:
      return "the length of an indirect table is wrong";
    case RingFault::readable_after_writable:
      return "a readable descriptor follows a writable one";
    case RingFault::too_many_segments:
      return "a descriptor chain has too many pieces";
    case RingFault::bad_inflight_record:
      return "the in-flight record does not fit the ring";
    case RingFault::no_header:
      return "a request without a complete header";
    case RingFault::no_status:
      return "a request without a status byte";
  }
  return "unknown fault";
}

}  // namespace laneway
