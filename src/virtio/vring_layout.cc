#include "virtio/vring_layout.h"

namespace laneway {

namespace {

bool is_aligned(ByteSpan bytes, uintptr_t alignment) {
  // SAFE: only the number is used.
  return reinterpret_cast<uintptr_t>(bytes.data()) % alignment == 0;
}

}  // namespace

std::optional<Vring> Vring::at(uint16_t size, ByteSpan descriptors, ByteSpan available, ByteSpan used) {
  if (!std::has_single_bit(size)) return std::nullopt;
  if (descriptors.size() < descriptor_table_bytes(size) || available.size() < available_ring_bytes(size) ||
      used.size() < used_ring_bytes(size)) {
    return std::nullopt;
  }
  if (!is_aligned(descriptors, 16) || !is_aligned(available, 2) || !is_aligned(used, 4)) return std::nullopt;
  Vring ring;
  ring.descriptors_ = DescriptorTable(descriptors.first(descriptor_table_bytes(size)));
  // SAFE: lengths and alignments were checked; lock-free atomics of these sizes have the layout of their integers.
  ring.available_ = reinterpret_cast<Word*>(available.data());
  ring.used_words_ = reinterpret_cast<Word*>(used.data());
  ring.used_elements_ = reinterpret_cast<UsedElementCell*>(used.data() + 4);
  ring.size_ = size;
  ring.mask_ = static_cast<uint16_t>(size - 1);
  return ring;
}

std::optional<InflightRecordView> InflightRecordView::at(ByteSpan bytes, uint16_t entries) {
  if (bytes.size() < kHeaderBytes + uint64_t{entries} * kEntryBytes || !is_aligned(bytes, 8)) return std::nullopt;
  InflightRecordView view;
  // SAFE: length and alignment were checked; lock-free atomics have the layout of their integers.
  view.header_ = reinterpret_cast<HeaderWire*>(bytes.data());
  view.entry_ = reinterpret_cast<EntryWire*>(bytes.data() + kHeaderBytes);
  view.entries_ = entries;
  return view;
}

}  // namespace laneway
