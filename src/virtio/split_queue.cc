#include "virtio/split_queue.h"

#include <algorithm>
#include <functional>

#include "virtio/chain_walk.h"
#include "virtio/store_seam.h"

namespace laneway {

namespace {

constexpr uint16_t kRecordVersion = 1;
// How many chains ahead of the one being taken its parts are fetched into the cache: first the descriptor, then what
// that points to, an indirect table, and then the first buffer, which holds the request's header.
constexpr uint16_t kPrefetchAhead = 6;
constexpr uint16_t kTableAhead = 4;
constexpr uint16_t kHeaderAhead = 2;

// The status byte is often in the header's line, so that the line is wanted for writing from the start.
inline void prefetch_for_write(const uint8_t* address) {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*address));
#else
  __builtin_prefetch(address, 1);
#endif
}

}  // namespace

RingFault SplitQueue::start(const Setup& setup) {
  LW_ASSERT(!is_started() && setup.memory != nullptr);
  if (!setup.record.is_valid() || setup.record.entries() < setup.ring.size()) return RingFault::bad_setup;
  ring_ = setup.ring;
  record_ = setup.record;
  has_indirect_ = setup.has_indirect;
  has_event_index_ = setup.has_event_index;
  batch_.assign(ring_.size(), 0);
  is_taken_.assign(ring_.size(), 0);
  unfinished_.clear();
  in_flight_ = batch_count_ = 0;
  index_fault_ = RingFault::none;

  // Acquire: what an earlier owner of the ring wrote before this index; pairs with the release in publish().
  const uint16_t used = ring_.used_index(std::memory_order_acquire);
  if (const RingFault fault = take_over(used); fault != RingFault::none) return fault;
  next_used_ = used;
  const bool is_resumed = !setup.base || !unfinished_.empty();
  next_available_ = is_resumed ? static_cast<uint16_t>(used + unfinished_.size()) : *setup.base;
  seen_available_ = next_available_;
  must_call_ = true;
  are_kicks_requested_ = true;
  memory_ = setup.memory;
  suppress_kicks();
  return RingFault::none;
}

// Reads the record of an earlier owner and makes it ours (vhost-user, "Inflight I/O tracking", reconnecting).
RingFault SplitQueue::take_over(uint16_t ring_used_index) {
  const uint16_t size = ring_.size();
  std::vector<std::pair<uint64_t, uint16_t>> found;
  const bool is_fresh = record_.version() == 0;
  if (!is_fresh) {
    // The earlier owner published a batch and died before it cleared it: the batch is not unfinished. Where nothing is
    // in flight the difference means nothing: a fresh record meets a ring that came from another host.
    const auto batch = static_cast<uint16_t>(ring_used_index - record_.used_index());
    uint16_t head = record_.last_batch_head();
    for (uint16_t i = 0; i < batch && batch <= size && head < size; ++i) {
      record_.store_in_flight(head, false, std::memory_order_relaxed);
      LW_STORED(leftover_cleared, head);
      head = record_.next(head);
    }
    for (uint16_t i = 0; i < record_.entries(); ++i) {
      if (!record_.is_in_flight(i)) continue;
      if (i >= size || batch > size) return RingFault::bad_inflight_record;
      found.emplace_back(record_.counter(i), i);
    }
  }
  // The oldest is taken first, and taking is from the back.
  std::sort(found.begin(), found.end(), std::greater<>());
  next_counter_ = found.empty() ? 0 : found.front().first + 1;
  for (const auto& [counter, head] : found) unfinished_.push_back(head);

  record_.store_version(kRecordVersion, record_.entries());
  LW_STORED(version_stored, size);
  last_batch_head_ = record_.last_batch_head();
  // Release: after the entries of the last batch were cleared; a next owner relies on it.
  record_.store_used_index(ring_used_index, std::memory_order_release);
  LW_STORED(taken_over, size);
  return RingFault::none;
}

uint16_t SplitQueue::stop() {
  LW_ASSERT(in_flight_ == 0 && batch_count_ == 0);
  request_kicks();  // for whoever serves the ring next
  memory_ = nullptr;
  // What was to be taken again and was not stays in the record, and counts as not taken.
  return static_cast<uint16_t>(next_available_ - unfinished_.size());
}

void SplitQueue::lose() {
  LW_ASSERT(in_flight_ == 0 && batch_count_ == 0);
  memory_ = nullptr;
}

uint32_t SplitQueue::available() {
  if (!unfinished_.empty()) return static_cast<uint32_t>(unfinished_.size());
  if (index_fault_ != RingFault::none) return 1;
  if (seen_available_ != next_available_) return static_cast<uint16_t>(seen_available_ - next_available_);
  // The driver writes the next entry just before the index, mostly into another line: both come at once.
  ring_.prefetch_available(next_available_);
  // Acquire: the entries and descriptors that the driver wrote before this index; pairs with the driver's write
  // barrier.
  return chains_since(ring_.available_index(std::memory_order_acquire));
}

uint32_t SplitQueue::chains_since(uint16_t available_index) {
  const auto count = static_cast<uint16_t>(available_index - next_available_);
  if (count > ring_.size()) {
    index_fault_ = RingFault::available_index_jump;
    return 1;
  }
  seen_available_ = available_index;
  if (count == 0) return 0;
  // A driver with one request at a time mostly reuses its memory: the header comes with the ring's entry, not after it.
  if (last_header_ != nullptr) prefetch_for_write(last_header_);
  ring_.prefetch_used(next_used_);
  const uint16_t ahead = std::min(count, kPrefetchAhead);
  for (uint16_t i = 0; i < ahead; ++i) {
    const uint16_t head = ring_.available_entry(static_cast<uint16_t>(next_available_ + i));
    if (head < ring_.size()) ring_.descriptors().prefetch(head);
  }
  for (uint16_t i = 0; has_indirect_ && i < std::min(count, kTableAhead); ++i) {
    prefetch_table(static_cast<uint16_t>(next_available_ + i));
  }
  for (uint16_t i = 0; i < std::min(count, kHeaderAhead); ++i) {
    prefetch_header(static_cast<uint16_t>(next_available_ + i));
  }
  return count;
}

// Both are hints only: what the descriptors say is checked when the chain is taken, from copies of their own.
void SplitQueue::prefetch_table(uint16_t available_index) const {
  const uint16_t head = ring_.available_entry(available_index);
  if (head >= ring_.size()) return;
  const DescriptorWire first = ring_.descriptors().copy(head);
  if ((first.flags & kDescriptorIndirect) == 0) return;
  if (const auto table = memory_->view(GuestAddr{first.address}, 16)) __builtin_prefetch(table->data());
}

void SplitQueue::prefetch_header(uint16_t available_index) const {
  const uint16_t head = ring_.available_entry(available_index);
  if (head >= ring_.size()) return;
  DescriptorWire first = ring_.descriptors().copy(head);
  if ((first.flags & kDescriptorIndirect) != 0) {
    const auto table = memory_->view(GuestAddr{first.address}, 16);
    if (!table) return;
    first = DescriptorTable(*table).copy(0);
  }
  if (const auto header = memory_->view(GuestAddr{first.address}, 1)) prefetch_for_write(header->data());
}

RingFault SplitQueue::take(Chain& chain, ChainSegments& segments) {
  const ChainWalk walk{*memory_, ring_.descriptors(), has_indirect_};
  if (!unfinished_.empty()) {
    const uint16_t head = unfinished_.back();
    if (const RingFault fault = walk_chain(walk, head, segments); fault != RingFault::none) return fault;
    unfinished_.pop_back();
    was_unfinished_ = true;
    is_taken_[head] = 1;
    ++in_flight_;
    chain = Chain(head);
    return RingFault::none;
  }
  if (index_fault_ != RingFault::none) return index_fault_;
  LW_ASSERT(seen_available_ != next_available_);

  const auto later = static_cast<uint16_t>(next_available_ + kPrefetchAhead);
  if (static_cast<uint16_t>(seen_available_ - next_available_) > kPrefetchAhead) {
    const uint16_t later_head = ring_.available_entry(later);
    if (later_head < ring_.size()) {
      ring_.descriptors().prefetch(later_head);
      record_.prefetch(later_head);
    }
  }
  if (has_indirect_ && static_cast<uint16_t>(seen_available_ - next_available_) > kTableAhead) {
    prefetch_table(static_cast<uint16_t>(next_available_ + kTableAhead));
  }
  if (static_cast<uint16_t>(seen_available_ - next_available_) > kHeaderAhead) {
    prefetch_header(static_cast<uint16_t>(next_available_ + kHeaderAhead));
  }
  const uint16_t head = ring_.available_entry(next_available_);
  if (head >= ring_.size()) return RingFault::head_out_of_range;
  if (is_taken_[head] != 0) return RingFault::head_in_flight;
  if (const RingFault fault = walk_chain(walk, head, segments); fault != RingFault::none) return fault;

  was_unfinished_ = false;
  // The record first: from here on a next owner repeats this chain. Release: the counter is there when the flag is;
  // pairs with the reads of take_over() in a next owner.
  record_.store_counter(head, next_counter_++);
  LW_STORED(counter_stored, head);
  record_.store_in_flight(head, true, std::memory_order_release);
  LW_STORED(record_set, head);
  is_taken_[head] = 1;
  if (segments.count > 0) last_header_ = static_cast<const uint8_t*>(segments.list[0].iov_base);
  ++in_flight_;
  ++next_available_;
  chain = Chain(head);
  return RingFault::none;
}

void SplitQueue::push(Chain&& chain, uint32_t written_bytes) {
  const uint16_t head = chain.spend();
  LW_ASSERT(in_flight_ > 0 && batch_count_ < batch_.size());
  ring_.store_used_element(next_used_++, {head, written_bytes});
  LW_STORED(element_stored, head);
  record_.store_next(head, last_batch_head_);
  LW_STORED(record_linked, head);
  record_.store_last_batch_head(head);
  LW_STORED(list_headed, head);
  last_batch_head_ = head;
  batch_[batch_count_++] = head;
  --in_flight_;
}

void SplitQueue::abandon(Chain&& chain) {
  chain.spend();
  --in_flight_;
}

void SplitQueue::put_back(Chain&& chain) {
  const uint16_t head = chain.spend();
  --in_flight_;
  is_taken_[head] = 0;
  if (was_unfinished_) {
    unfinished_.push_back(head);
    return;
  }
  record_.store_in_flight(head, false, std::memory_order_release);
  LW_STORED(record_unset, head);
  --next_counter_;
  --next_available_;
}

bool SplitQueue::publish() {
  if (batch_count_ == 0) return false;
  const auto before = static_cast<uint16_t>(next_used_ - batch_count_);
  // Release: the guest may read the used elements, the data and the status bytes from here on, and the record's list of
  // this batch is complete; pairs with the driver's read barrier and with take_over() in a next owner.
  LW_STORED(index_due, ring_.size());
  ring_.store_used_index(next_used_, std::memory_order_release);
  LW_STORED(index_stored, ring_.size());
  for (uint32_t i = 0; i < batch_count_; ++i) {
    is_taken_[batch_[i]] = 0;
    // Release: never before the used index; a next owner that sees this cleared sees that index too.
    record_.store_in_flight(batch_[i], false, std::memory_order_release);
    LW_STORED(record_cleared, batch_[i]);
  }
  record_.store_used_index(next_used_, std::memory_order_release);
  LW_STORED(record_index_stored, ring_.size());
  batch_count_ = 0;

  // The guest writes its wish and then looks at the used index; we wrote the index and now look at its wish. The fence
  // pairs with the driver's full barrier: at least one of both sees the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (must_call_) {
    must_call_ = false;
    return true;
  }
  if (has_event_index_) return needs_event(ring_.used_event(), next_used_, before);
  return (ring_.available_flags() & kAvailableNoInterrupt) == 0;
}

void SplitQueue::suppress_kicks() {
  if (!are_kicks_requested_) return;
  are_kicks_requested_ = false;
  // An event that the driver has passed is not passed again before the index wraps around. The one that was asked for
  // may still lie ahead, and would bring a kick for the next chain although we look at the ring ourselves.
  if (has_event_index_) {
    ring_.store_available_event(static_cast<uint16_t>(next_available_ - 1));
  } else {
    ring_.store_used_flags(kUsedNoNotify);
  }
}

bool SplitQueue::request_kicks() {
  are_kicks_requested_ = true;
  if (has_event_index_) {
    ring_.store_available_event(next_available_);
  } else {
    ring_.store_used_flags(0);
  }
  // We wrote our wish and now look at the available index; the fence pairs with the driver's full barrier between its
  // index and its look at our wish.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!unfinished_.empty() || index_fault_ != RingFault::none) return false;
  return ring_.available_index(std::memory_order_relaxed) == next_available_;
}

}  // namespace laneway
