#pragma once
// BlkRing is one ring of a virtio-blk device: its queue and its three descriptors' readers and writers. Owned by
// VhostBlk, which drives it. Home reactor only.

#include <cstdint>

#include "frontend/kick_reader.h"
#include "frontend/signal_writer.h"
#include "vhost_user/record.h"
#include "virtio/split_queue.h"

namespace laneway {

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

  BlkRing(KernelPort& kernel, Owner& owner, uint32_t index);

  uint32_t index() const { return index_; }
  SplitQueue& queue() { return queue_; }
  const SplitQueue& queue() const { return queue_; }
  bool is_running() const { return queue_.is_started(); }

  // Held: no new chains are taken; those in flight finish, and so do those that an earlier owner left unfinished,
  // unless the ring is cut off as well.
  bool is_held = false;
  bool is_cut_off = false;
  bool takes_chains() const { return is_running() && (!is_held || (!is_cut_off && queue_.has_unfinished())); }
  bool is_idle() const { return queue_.in_flight() == 0 && !queue_.has_unpublished(); }

  // Uses the record's descriptors from now on.
  void use_descriptors(const RingRecord& record);
  // No operation on them any more; true where that is so, else the owner hears ring_quiet().
  bool quiesce();
  bool is_quiet() const { return kick_.is_idle() && call_.is_idle() && error_.is_idle(); }
  // Kicks arrive by descriptor; otherwise the ring has to be polled.
  bool has_kicks() const { return kick_.is_watching(); }

  // Interrupts the guest. False where it gave us no descriptor.
  bool call();
  void signal_error();

 private:
  void kicked() override { owner_.ring_kicked(*this); }
  void kicks_quiet() override { owner_.ring_quiet(*this); }
  static void signals_quiet(void* ring);

  Owner& owner_;
  const uint32_t index_;
  SplitQueue queue_;
  KickReader kick_;
  SignalWriter call_;
  SignalWriter error_;
  int call_fd_ = -1;
  int error_fd_ = -1;
};

}  // namespace laneway
