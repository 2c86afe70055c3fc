#pragma once
// BlkRing is one ring of a virtio-blk device: its queue, its view of the guest's memory, and its three descriptors'
// readers and writers. The device owns it; it is either at home with the device or with a lane, which drives it, and
// letters carry it between them (lane_post.h). Whoever has it touches it, on that one's reactor only.

#include <atomic>
#include <cstdint>

#include "frontend/kick_reader.h"
#include "frontend/ring_wait.h"
#include "frontend/signal_writer.h"
#include "guest/guest_memory.h"
#include "reactor/reactor.h"
#include "vhost_user/record.h"
#include "virtio/split_queue.h"

namespace laneway {

class BlkRing;
class LanePost;

// A letter about a ring, on its way at most once at a time.
class RingLetter final : public Letter {
 public:
  using Open = void (*)(BlkRing& ring);
  explicit RingLetter(BlkRing& ring) : ring_(ring) {}
  void send(Reactor& to, Open open) {
    open_ = open;
    to.post(*this);
  }
  void deliver() override { open_(ring_); }

 private:
  BlkRing& ring_;
  Open open_ = nullptr;
};

struct RingLetters {
  explicit RingLetters(BlkRing& ring)
      : adopt(ring), recall(ring), quiet(ring), renew(ring), returned(ring), is_quiet(ring) {}
  // To the lane
  RingLetter adopt, recall, quiet, renew;
  // And home
  RingLetter returned, is_quiet;
};

struct RingDescriptors {
  int kick = -1;
  int call = -1;
  int error = -1;
};
inline RingDescriptors descriptors_of(const RingRecord& record) {
  return {record.kick.get(), record.call.get(), record.error.get()};
}

class BlkRing final : private KickReader::Owner {
 public:
  class Owner {
   public:
    virtual void ring_kicked(BlkRing& ring) = 0;
    // A quiesce() that had to wait has come further: ask again.
    virtual void ring_quiet(BlkRing& ring) = 0;

   protected:
    ~Owner() = default;
  };

  explicit BlkRing(uint32_t index);

  uint32_t index() const { return index_; }
  SplitQueue& queue() { return queue_; }
  const SplitQueue& queue() const { return queue_; }
  GuestMemory& memory() { return memory_; }
  bool is_running() const { return queue_.is_started(); }
  // Any thread: how many requests were under way when their number last changed.
  uint32_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  // To be called where the queue's number has changed. Relaxed: for people.
  void show_in_flight() { in_flight_.store(queue_.in_flight(), std::memory_order_relaxed); }

  // Held: no new chains are taken; those in flight finish, and so do those that an earlier owner left unfinished,
  // unless the ring is cut off as well.
  bool is_held = false;
  bool is_cut_off = false;
  bool takes_chains() const { return is_running() && (!is_held || (!is_cut_off && queue_.has_unfinished())); }
  bool is_idle() const { return queue_.in_flight() == 0 && !queue_.has_unpublished(); }
  // Held, and nothing more comes of it.
  bool is_drained() const { return is_idle() && (is_cut_off || !queue_.has_unfinished()); }

  // Works on that reactor from now on. Only while quiet.
  void join(KernelPort& kernel, Owner& owner);
  // Uses these descriptors from now on.
  void use_descriptors(const RingDescriptors& to_use);
  // No operation on them any more; true where that is so, else the owner hears ring_quiet().
  bool quiesce();
  bool is_quiet() const { return kick_.is_idle() && call_.is_idle() && error_.is_idle(); }
  // Kicks arrive by descriptor; otherwise the ring has to be polled.
  bool has_kicks() const { return kick_.is_watching(); }

  // Interrupts the guest. False where it gave us no descriptor.
  bool call();
  void signal_error();

  // Between the device and the lane (lane_post.h)
  LanePost* post = nullptr;     // that took the ring last
  RingDescriptors descriptors;  // to use: travels with `adopt` and `renew`
  RingLetters letters{*this};
  // Of the lane that has it
  bool is_recalled = false;      // goes home once drained and quiet
  bool is_quiet_wanted = false;  // home waits to hear that it is quiet
  RingWait wait;

 private:
  void kicked() override { owner_->ring_kicked(*this); }
  void kicks_quiet() override { owner_->ring_quiet(*this); }
  static void signals_quiet(void* ring);

  const uint32_t index_;
  Owner* owner_ = nullptr;
  GuestMemory memory_;  // shares the device's mappings
  SplitQueue queue_;
  KickReader kick_;
  SignalWriter call_;
  SignalWriter error_;
  int call_fd_ = -1;
  int error_fd_ = -1;
  std::atomic<uint32_t> in_flight_{0};
};

}  // namespace laneway
