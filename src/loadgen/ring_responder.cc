#include "loadgen/ring_responder.h"

#include <atomic>
#include <utility>

namespace laneway {

namespace {

ByteSpan must_view(const GuestMemory& memory, UserAddr address, uint64_t length_bytes) {
  const auto view = memory.view(address, length_bytes);
  LW_ASSERT(view.has_value());
  return *view;
}

}  // namespace

RingResponder::RingResponder(const GuestMemory& memory, const Ring& ring, RequestSink& sink)
    : memory_(memory), sink_(sink), has_event_idx_(ring.has_event_idx) {
  const auto vring = Vring::at(ring.size, must_view(memory, ring.descriptors, descriptor_table_bytes(ring.size)),
                               must_view(memory, ring.available, available_ring_bytes(ring.size)),
                               must_view(memory, ring.used, used_ring_bytes(ring.size)));
  LW_ASSERT(vring.has_value());
  ring_ = *vring;
  disarm_kick();
}

int RingResponder::answer_all() {
  // Acquire: pairs with the driver's release of the index.
  const uint16_t available = ring_.available_index(std::memory_order_acquire);
  if (available == next_available_) return 0;
  int answered = 0;
  while (next_available_ != available) {
    const uint16_t head = ring_.available_entry(next_available_++);
    const Answer answer = answer_one(head);
    if (answer.fate == Answer::Fate::hang_up) return -1;
    if (answer.fate == Answer::Fate::hold) continue;
    parts_.back()[0] = answer.status;
    ring_.store_used_element(used_++, {head, 1});
    ++answered;
  }
  // Release: the driver, which loads the index with acquire, sees status bytes, data and elements.
  ring_.store_used_index(used_, std::memory_order_release);
  return answered;
}

Answer RingResponder::answer_one(uint16_t head) {
  parts_.clear();
  DescriptorTable table = ring_.descriptors();
  DescriptorWire descriptor = table.copy(head);
  if ((descriptor.flags & kDescriptorIndirect) != 0) {
    const auto view = memory_.view(GuestAddr{descriptor.address}, descriptor.length);
    LW_ASSERT(view.has_value());
    table = DescriptorTable(*view);
    descriptor = table.copy(0);
  }
  while (true) {
    const auto view = memory_.view(GuestAddr{descriptor.address}, descriptor.length);
    LW_ASSERT(view.has_value() && parts_.size() <= ring_.size() + table.count());
    parts_.push_back(*view);
    if ((descriptor.flags & kDescriptorNext) == 0) break;
    descriptor = table.copy(descriptor.next);
  }
  BlkHeaderWire header;
  LW_ASSERT(parts_.size() >= 2 && copy_out(parts_.front(), 0, header));
  return sink_.answer(header, std::span(parts_).subspan(1, parts_.size() - 2));
}

bool RingResponder::wants_call() {
  // The used index must be visible before we look at the wish; pairs with the driver's fence in arm_call().
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const uint16_t before = std::exchange(called_at_, used_);
  if (has_event_idx_) return needs_event(ring_.used_event(), used_, before);
  return (ring_.available_flags() & kAvailableNoInterrupt) == 0;
}

bool RingResponder::arm_kick() {
  if (has_event_idx_) {
    ring_.store_available_event(next_available_);
  } else {
    ring_.store_used_flags(0);
  }
  // The wish must be visible before we look again; pairs with the driver's fence in publish().
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return ring_.available_index(std::memory_order_relaxed) == next_available_;
}

void RingResponder::disarm_kick() {
  if (has_event_idx_) {
    ring_.store_available_event(static_cast<uint16_t>(next_available_ - 1));
  } else {
    ring_.store_used_flags(kUsedNoNotify);
  }
}

}  // namespace laneway
