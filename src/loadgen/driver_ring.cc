#include "loadgen/driver_ring.h"

#include <algorithm>

#include "base/units.h"

namespace laneway {

namespace {

constexpr uint64_t kPageBytes = 4 * kKiB;

GuestAddr plus(GuestAddr address, uint64_t bytes) { return GuestAddr{static_cast<uint64_t>(address) + bytes}; }

uint64_t page_rounded(uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

uint64_t table_bytes(const RingPlan& plan) { return (plan.descriptors() * uint64_t{16} + 63) / 64 * 64; }

}  // namespace

uint64_t RingPlan::room_bytes() const {
  uint64_t bytes = page_rounded(descriptor_table_bytes(ring_size)) + page_rounded(available_ring_bytes(ring_size)) +
                   page_rounded(used_ring_bytes(ring_size)) + page_rounded(slots * uint64_t{64}) +
                   page_rounded(slots * block_bytes);
  if (is_indirect) bytes += page_rounded(slots * table_bytes(*this));
  return bytes;
}

DriverRing DriverRing::lay_out(const RingPlan& plan, GuestArena& arena) {
  LW_ASSERT(plan.slots > 0 && plan.slots * (plan.is_indirect ? 1u : plan.descriptors()) <= plan.ring_size);
  DriverRing made;
  made.plan_ = plan;
  const auto descriptors = arena.take(descriptor_table_bytes(plan.ring_size), kPageBytes);
  const auto available = arena.take(available_ring_bytes(plan.ring_size), kPageBytes);
  const auto used = arena.take(used_ring_bytes(plan.ring_size), kPageBytes);
  made.addresses_ = {descriptors.user_address, available.user_address, used.user_address};
  const auto ring = Vring::at(plan.ring_size, descriptors.bytes, available.bytes, used.bytes);
  LW_ASSERT(ring.has_value());
  made.ring_ = *ring;
  const auto lines = arena.take(plan.slots * kLineBytes, kPageBytes);
  const auto data = arena.take(plan.slots * plan.block_bytes, kPageBytes);
  made.lines_ = lines.bytes;
  made.data_ = data.bytes;
  // Something that no array compresses or finds to be zeroes.
  uint64_t word = 0x9e3779b97f4a7c15u;
  for (size_t i = 0; i + 8 <= data.bytes.size(); i += 8) {
    word = word * 6364136223846793005u + 1442695040888963407u;
    std::memcpy(data.bytes.data() + i, &word, 8);
  }
  GuestAddr tables{};
  if (plan.is_indirect) {
    const auto piece = arena.take(plan.slots * table_bytes(plan), kPageBytes);
    tables = piece.guest_address;
    for (uint16_t slot = 0; slot < plan.slots; ++slot) {
      made.tables_.emplace_back(piece.bytes.subspan(slot * table_bytes(plan), table_bytes(plan)));
    }
  }
  made.slot_of_head_.assign(plan.ring_size, kIdle);
  made.is_write_.assign(plan.slots, 0);
  for (uint16_t slot = 0; slot < plan.slots; ++slot) {
    made.lay_out_slot(slot, lines.guest_address, data.guest_address, tables);
  }
  made.disarm_call();
  return made;
}

void DriverRing::lay_out_slot(uint16_t slot, GuestAddr lines, GuestAddr data, GuestAddr tables) {
  DescriptorTable& table = table_of(slot);
  uint32_t at = first_of(slot);
  const auto add = [&](GuestAddr address, uint64_t length, int flags) {
    const bool is_last = (flags & kDescriptorNext) == 0;
    table.store(at, {static_cast<uint64_t>(address), static_cast<uint32_t>(length), static_cast<uint16_t>(flags),
                     static_cast<uint16_t>(is_last ? 0 : at + 1)});
    ++at;
  };
  const GuestAddr header = plus(lines, slot * kLineBytes);
  add(header, sizeof(BlkHeaderWire), kDescriptorNext);
  const GuestAddr block = plus(data, slot * plan_.block_bytes);
  for (uint64_t done = 0; done < plan_.block_bytes; done += plan_.segment_bytes) {
    add(plus(block, done), std::min(plan_.segment_bytes, plan_.block_bytes - done), kDescriptorNext | kDescriptorWrite);
  }
  add(plus(header, kStatusOffset), 1, kDescriptorWrite);
  if (!plan_.is_indirect) return;
  ring_.descriptors().store(slot, {static_cast<uint64_t>(plus(tables, slot * table_bytes(plan_))),
                                   plan_.descriptors() * 16, kDescriptorIndirect, 0});
}

void DriverRing::set_direction(uint16_t slot, bool is_write) {
  DescriptorTable& table = table_of(slot);
  const uint32_t first = first_of(slot) + 1;
  for (uint32_t i = first; i < first + plan_.segments(); ++i) {
    DescriptorWire descriptor = table.copy(i);
    descriptor.flags = static_cast<uint16_t>(is_write ? kDescriptorNext : kDescriptorNext | kDescriptorWrite);
    table.store(i, descriptor);
  }
  is_write_[slot] = static_cast<uint8_t>(is_write);
}

bool DriverRing::arm_call() {
  is_armed_ = true;
  if (plan_.has_event_idx) {
    ring_.store_used_event(next_used_);
  } else {
    ring_.store_available_flags(0);
  }
  // The wish must be visible before we look again; pairs with the server's fence between its used index and its look at
  // the wish.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return !has_used();
}

void DriverRing::disarm_call() {
  is_armed_ = false;
  disarmed_at_ = next_used_;
  if (plan_.has_event_idx) {
    ring_.store_used_event(static_cast<uint16_t>(next_used_ - 1));
  } else {
    ring_.store_available_flags(kAvailableNoInterrupt);
  }
}

}  // namespace laneway
