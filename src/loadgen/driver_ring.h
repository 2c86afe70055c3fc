#pragma once
// DriverRing is the driver's side of one virtio-blk split ring, laid out once for a fixed number of request slots: to
// submit is to write a 16-byte header and one ring entry. Header and status byte of a slot share a cache line, as they
// do in Linux' driver. Foreign values (used index, used elements, status) are read once and checked. One thread at a
// time; no system call in here.

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "loadgen/guest_arena.h"
#include "virtio/blk.h"
#include "virtio/vring_layout.h"

namespace laneway {

struct RingPlan {
  uint16_t ring_size = 256;
  uint16_t slots = 32;  // requests in flight at most
  bool is_indirect = false;
  bool has_event_idx = false;
  uint64_t block_bytes = 4096;
  uint64_t segment_bytes = 4096;

  uint32_t segments() const { return static_cast<uint32_t>((block_bytes + segment_bytes - 1) / segment_bytes); }
  uint32_t descriptors() const { return segments() + 2; }  // header, data, status
  // Guest memory that lay_out() takes, with room for alignment.
  uint64_t room_bytes() const;
};

class DriverRing {
 public:
  static constexpr uint8_t kStatusOk = 0;
  static constexpr uint8_t kStatusUnwritten = 0xff;

  struct Addresses {
    UserAddr descriptors{};
    UserAddr available{};
    UserAddr used{};
  };

  // The plan's slots must fit its ring; the arena must have plan.room_bytes() left.
  static DriverRing lay_out(const RingPlan& plan, GuestArena& arena);

  const RingPlan& plan() const { return plan_; }
  const Addresses& addresses() const { return addresses_; }
  ByteSpan data(uint16_t slot) const { return data_.subspan(slot * plan_.block_bytes, plan_.block_bytes); }
  uint32_t in_flight() const { return in_flight_; }

  // Makes a read or write of the slot's block at `sector` the next available entry. The slot must be free. The server
  // sees it after publish().
  void submit(uint16_t slot, bool is_write, uint64_t sector);
  // Shows the server what was submitted; true where it wants to be kicked.
  bool publish();

  bool has_used() const { return ring_.used_index(std::memory_order_relaxed) != next_used_; }
  // Calls finish(slot, status) for every finished request. False where the server gave back what it did not have: the
  // ring is of no use from then on.
  template <typename Finish>
  bool reap(Finish finish);

  // Asks for a call at the next finished request; false where one has finished already.
  bool arm_call();
  void disarm_call();

 private:
  static constexpr uint16_t kIdle = 0xffff;
  static constexpr uint64_t kLineBytes = 64;
  static constexpr uint64_t kStatusOffset = 16;
  uint8_t* line(uint16_t slot) const { return lines_.data() + slot * kLineBytes; }
  uint16_t head_of(uint16_t slot) const {
    return static_cast<uint16_t>(plan_.is_indirect ? slot : slot * plan_.descriptors());
  }
  void lay_out_slot(uint16_t slot, GuestAddr lines, GuestAddr data, GuestAddr tables);
  void set_direction(uint16_t slot, bool is_write);
  DescriptorTable& table_of(uint16_t slot) { return plan_.is_indirect ? tables_[slot] : ring_.descriptors(); }
  uint32_t first_of(uint16_t slot) const { return plan_.is_indirect ? 0 : head_of(slot); }

  // Fixed after construction
  RingPlan plan_;
  Addresses addresses_;
  Vring ring_;
  ByteSpan lines_;
  ByteSpan data_;
  std::vector<DescriptorTable> tables_;

  // Owner's thread only
  std::vector<uint16_t> slot_of_head_;  // kIdle where no request of that head is in flight
  std::vector<uint8_t> is_write_;       // what the slot's descriptors are set for
  uint16_t next_available_ = 0;
  uint16_t published_ = 0;
  uint16_t next_used_ = 0;
  uint16_t disarmed_at_ = 0;
  uint32_t in_flight_ = 0;
  bool is_armed_ = true;
};

inline void DriverRing::submit(uint16_t slot, bool is_write, uint64_t sector) {
  if (is_write_[slot] != static_cast<uint8_t>(is_write)) set_direction(slot, is_write);
  const BlkHeaderWire header{static_cast<uint32_t>(is_write ? BlkType::out : BlkType::in), 0, sector};
  std::memcpy(line(slot), &header, sizeof(header));
  line(slot)[kStatusOffset] = kStatusUnwritten;
  const uint16_t head = head_of(slot);
  slot_of_head_[head] = slot;
  ring_.store_available_entry(next_available_++, head);
  ++in_flight_;
}

inline bool DriverRing::publish() {
  const uint16_t before = published_;
  published_ = next_available_;
  // Release: the server, which loads the index with acquire, then sees headers, descriptors and entries.
  ring_.store_available_index(published_, std::memory_order_release);
  // The index must be visible before we look whether a kick is wanted; pairs with the fence of the server, which asks
  // for kicks and then looks at the index again.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (plan_.has_event_idx) return needs_event(ring_.available_event(), published_, before);
  return (ring_.used_flags() & kUsedNoNotify) == 0;
}

template <typename Finish>
bool DriverRing::reap(Finish finish) {
  // Acquire: pairs with the server's release of the index; elements, status bytes and data are there.
  const uint16_t used = ring_.used_index(std::memory_order_acquire);
  if (static_cast<uint16_t>(used - next_used_) > in_flight_) return false;
  while (next_used_ != used) {
    const uint32_t head = ring_.used_element(next_used_++).id;
    if (head >= slot_of_head_.size() || slot_of_head_[head] == kIdle) return false;
    const uint16_t slot = std::exchange(slot_of_head_[head], kIdle);
    --in_flight_;
    finish(slot, line(slot)[kStatusOffset]);
  }
  // A suppressed event lies behind the index; it must not come to lie before it when the index wraps around.
  if (!is_armed_ && static_cast<uint16_t>(next_used_ - disarmed_at_) > 0x4000) disarm_call();
  return true;
}

}  // namespace laneway
