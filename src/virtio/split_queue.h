#pragma once
// SplitQueue is the device's side of one split virtqueue (virtio 1.2, 2.7) with its in-flight record (vhost-user): it
// takes available chains, gives used ones back, and decides about notifications. What comes from the guest is copied
// once and checked. Order of effects: record before effect; used element before used index; used index before the
// record is cleared; then at most one call a publish. Owned by a device's ring. Home reactor only.

#include <cstdint>
#include <optional>
#include <vector>

#include "guest/guest_memory.h"
#include "virtio/chain.h"
#include "virtio/vring_layout.h"

namespace laneway {

class SplitQueue {
 public:
  struct Setup {
    Vring ring;
    InflightRecordView record;  // at least as many entries as the ring
    const GuestMemory* memory = nullptr;
    bool has_indirect = false;
    bool has_event_index = false;
    // The next available index; nothing: as many after the ring's used index as the record says are unfinished.
    std::optional<uint16_t> base;
  };

  // Begins to serve the ring. What the record holds as unfinished is taken again first, in its old order.
  RingFault start(const Setup& setup);
  // The same ring and record after the memory map changed: nothing else about them may differ.
  void relocate(const Vring& ring) { ring_ = ring; }
  // Ends serving with nothing in flight; returns the next available index.
  uint16_t stop();
  // The same where the ring's memory is not mapped any more.
  void lose();

  bool is_started() const { return memory_ != nullptr; }
  uint16_t size() const { return ring_.size(); }
  uint16_t next_available() const { return next_available_; }
  uint32_t in_flight() const { return in_flight_; }  // taken and not yet pushed

  // How many chains can be taken now; 0 also after a fault, which take() then reports.
  uint32_t available();
  // Takes the next chain, which available() has promised. On a fault the guest broke a rule: the queue must be stopped.
  RingFault take(Chain& chain, ChainSegments& segments);
  // Gives a chain back with the number of bytes written to it. The guest sees it after publish().
  void push(Chain&& chain, uint32_t written_bytes);
  // Gives a token back unfinished: the record keeps it for a take-over, the guest sees nothing.
  void abandon(Chain&& chain);
  // Undoes the last take(), of which nothing was seen yet: the same chain comes again.
  void put_back(Chain&& chain);
  // Shows the guest all that was pushed; true where it wants to be called for it.
  [[nodiscard]] bool publish();
  // Chains of an earlier owner that were not taken again yet.
  bool has_unfinished() const { return !unfinished_.empty(); }
  bool has_unpublished() const { return batch_count_ > 0; }

  // Notifications by the guest. request_kicks() returns false where chains are available already.
  void suppress_kicks();
  bool request_kicks();

 private:
  RingFault take_over(uint16_t ring_used_index);
  uint32_t chains_since(uint16_t available_index);
  void prefetch_table(uint16_t available_index) const;
  void prefetch_header(uint16_t available_index) const;

  // Fixed while started
  const GuestMemory* memory_ = nullptr;
  bool has_indirect_ = false;
  bool has_event_index_ = false;

  Vring ring_;
  InflightRecordView record_;
  uint16_t next_available_ = 0;   // the next entry of the available ring to look at
  uint16_t seen_available_ = 0;   // the guest's index when it was last read
  uint16_t next_used_ = 0;        // where the next used element goes
  uint16_t last_batch_head_ = 0;  // as in the record, which we do not read again
  bool was_unfinished_ = false;   // the last chain taken came from unfinished_
  bool must_call_ = false;        // the first publish after a start calls in any case
  bool are_kicks_requested_ = true;
  RingFault index_fault_ = RingFault::none;
  uint32_t in_flight_ = 0;
  uint64_t next_counter_ = 0;
  const uint8_t* last_header_ = nullptr;  // first byte of the last chain taken; for prefetching only, may be stale
  uint32_t batch_count_ = 0;
  std::vector<uint16_t> batch_;       // heads pushed since the last publish
  std::vector<uint8_t> is_taken_;     // by head
  std::vector<uint16_t> unfinished_;  // heads to take again, the next one last
};

}  // namespace laneway
