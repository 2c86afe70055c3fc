#include "virtio/testing/fake_driver.h"

#include <utility>

namespace laneway {

FakeDriver::FakeDriver(FakeGuest& guest, const Options& options)
    : guest_(guest),
      options_(options),
      descriptors_(guest.allocate(descriptor_table_bytes(options.size), 16)),
      available_(guest.allocate(available_ring_bytes(options.size), 2)),
      used_(guest.allocate(used_ring_bytes(options.size), 4)),
      descriptors_of_(options.size),
      indirect_of_(options.size),
      next_available_(options.first_index),
      published_(options.first_index),
      next_used_(options.first_index) {
  const auto ring = Vring::at(options.size, guest.bytes(descriptors_, descriptor_table_bytes(options.size)),
                              guest.bytes(available_, available_ring_bytes(options.size)),
                              guest.bytes(used_, used_ring_bytes(options.size)));
  LW_ASSERT(ring.has_value());
  ring_ = *ring;
  ring_.store_available_index(next_available_, std::memory_order_relaxed);
  ring_.store_used_index(next_used_, std::memory_order_relaxed);
  for (uint16_t i = options.size; i > 0; --i) free_.push_back(static_cast<uint16_t>(i - 1));
}

std::optional<uint16_t> FakeDriver::add(std::span<const FakeBuffer> buffers, bool is_indirect) {
  const size_t needed = is_indirect ? 1 : buffers.size();
  if (needed == 0 || free_.size() < needed) return std::nullopt;
  const uint16_t head = free_.back();
  std::vector<uint16_t>& taken = descriptors_of_[head];
  taken.clear();
  for (size_t i = 0; i < needed; ++i) {
    taken.push_back(free_.back());
    free_.pop_back();
  }
  if (is_indirect) {
    write_indirect(buffers, head);
  } else {
    write_direct(buffers, head);
  }
  ring_.store_available_entry(next_available_++, head);
  ++in_flight_;
  return head;
}

void FakeDriver::write_direct(std::span<const FakeBuffer> buffers, uint16_t head) {
  const std::vector<uint16_t>& taken = descriptors_of_[head];
  for (size_t i = 0; i < buffers.size(); ++i) {
    const bool has_next = i + 1 < buffers.size();
    const auto flags =
        static_cast<uint16_t>((has_next ? kDescriptorNext : 0) | (buffers[i].is_writable ? kDescriptorWrite : 0));
    ring_.descriptors().store(taken[i], {static_cast<uint64_t>(buffers[i].address), buffers[i].length, flags,
                                         has_next ? taken[i + 1] : uint16_t{0}});
  }
}

void FakeDriver::write_indirect(std::span<const FakeBuffer> buffers, uint16_t head) {
  const uint64_t bytes = buffers.size() * sizeof(DescriptorWire);
  // Each head keeps its table, so that long tests do not use the memory up.
  IndirectTable& kept = indirect_of_[head];
  if (kept.bytes < bytes) kept = {guest_.allocate(bytes, 16), bytes};
  const GuestAddr place = kept.address;
  DescriptorTable table(guest_.bytes(place, bytes));
  for (uint16_t i = 0; i < buffers.size(); ++i) {
    const bool has_next = i + 1u < buffers.size();
    const auto flags =
        static_cast<uint16_t>((has_next ? kDescriptorNext : 0) | (buffers[i].is_writable ? kDescriptorWrite : 0));
    table.store(i, {static_cast<uint64_t>(buffers[i].address), buffers[i].length, flags,
                    has_next ? static_cast<uint16_t>(i + 1) : uint16_t{0}});
  }
  ring_.descriptors().store(
      head, {static_cast<uint64_t>(place), static_cast<uint32_t>(bytes), kDescriptorIndirect, uint16_t{0}});
}

bool FakeDriver::publish() {
  if (published_ == next_available_) return false;
  const uint16_t before = std::exchange(published_, next_available_);
  // Release: entries and descriptors before the index; pairs with the acquire in SplitQueue::available().
  ring_.store_available_index(next_available_, std::memory_order_release);
  // The device writes its wish and looks at the index; the fence pairs with the one in SplitQueue::request_kicks().
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (options_.has_event_index) return needs_event(ring_.available_event(), next_available_, before);
  return (ring_.used_flags() & kUsedNoNotify) == 0;
}

std::optional<FakeDriver::Used> FakeDriver::take_used() {
  // Acquire: used elements and data before the index; pairs with the release in SplitQueue::publish().
  if (ring_.used_index(std::memory_order_acquire) == next_used_) return std::nullopt;
  const UsedElementWire element = ring_.used_element(next_used_++);
  const auto head = static_cast<uint16_t>(element.id);
  LW_ASSERT(element.id < size() && !descriptors_of_[head].empty() && in_flight_ > 0);
  std::vector<uint16_t>& taken = descriptors_of_[head];
  // Given back so that the head is the next one to use.
  while (!taken.empty()) {
    free_.push_back(taken.back());
    taken.pop_back();
  }
  --in_flight_;
  // As drivers do: the next call is wanted for what comes after this.
  if (options_.has_event_index && wants_calls_) ring_.store_used_event(next_used_);
  return Used{head, element.length};
}

bool FakeDriver::set_calls(bool is_wanted) {
  wants_calls_ = is_wanted;
  if (options_.has_event_index) {
    // An event that lies just behind is not reached before the index wraps around.
    ring_.store_used_event(is_wanted ? next_used_ : static_cast<uint16_t>(next_used_ - 1));
  } else {
    ring_.store_available_flags(is_wanted ? 0 : kAvailableNoInterrupt);
  }
  // Pairs with the fence in SplitQueue::publish().
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return !is_wanted || ring_.used_index(std::memory_order_relaxed) == next_used_;
}

}  // namespace laneway
