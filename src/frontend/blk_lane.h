#pragma once
// BlkLane is the part of a virtio-blk device on one reactor: some of its rings and a BlockQueue of its own. It polls
// the rings, turns chains into BlockRequests, and shows the guest at a turn's end what finished. The device reaches it
// by the letters of a LanePost. The lane's reactor only.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "block/block.h"
#include "frontend/blk_request.h"
#include "frontend/blk_ring.h"
#include "frontend/finish_tally.h"
#include "frontend/function_stats.h"
#include "frontend/lane_tracer.h"
#include "frontend/request_pool.h"
#include "frontend/turn_share.h"
#include "frontend/vhost_blk_options.h"
#include "reactor/reactor.h"

namespace laneway {

class BlkLane final : private Poller, private TurnEnd, private BlockRequestOwner, private BlkRing::Owner {
 public:
  // Told on the lane's reactor.
  class Owner {
   public:
    // The ring is drained and quiet, and the lane has forgotten it.
    virtual void ring_left(BlkRing& ring) = 0;
    // No operation on the ring's descriptors any more, as was asked for.
    virtual void ring_is_quiet(BlkRing& ring) = 0;
    // The lane has stopped: the guest broke a rule in `ring`, or the lane has no disk (null).
    virtual void lane_broke(BlkRing* ring, std::string_view reason) = 0;
    // Somewhere a file was cut off whose memory was in use: perhaps it was the function's.
    virtual void memory_may_be_lost() = 0;
    // After end(): all rings have left and nothing is in flight. The last thing that the lane does; it may be destroyed
    // once the call has returned.
    virtual void lane_ended() = 0;

   protected:
    ~Owner() = default;
  };
  struct Function {  // of the function that the lane belongs to; all outlive the lane
    const VhostBlkOptions& options;
    BlockDevice& disk;
    RequestPool& pool;
    FunctionStats& stats;  // the lane alone writes it
  };
  struct Settings {
    BlkLimits limits;
    bool is_stopped = false;  // the device is broken: takes no more until its rings went home
    friend bool operator==(const Settings&, const Settings&) = default;
  };

  BlkLane(const Function& function, const Settings& settings, Owner& owner);
  ~BlkLane();  // before open(), or after lane_ended()

  Reactor& reactor() { return reactor_; }

  // Begins; a disk that cannot be opened breaks the lane.
  void open();
  // The running ring is the lane's from now on, with the descriptors it brought.
  void adopt(BlkRing& ring);
  // The ring leaves once it is drained and quiet: ring_left() follows at a turn's end.
  void recall(BlkRing& ring);
  // Kernel operations on the ring's descriptors end: ring_is_quiet() follows at a turn's end.
  void quiet(BlkRing& ring);
  // Uses the descriptors that the ring has now. Only while quiet.
  void renew(BlkRing& ring);
  void set(const Settings& settings);
  // Rings take no more, requests under way finish or stay recorded as unfinished. lane_ended() follows, never in here.
  void end();

 private:
  // Poller, TurnEnd, BlockRequestOwner, BlkRing::Owner
  uint32_t poll(uint64_t now_ns) override;
  bool arm_wake_up() override;
  void disarm_wake_up() override;
  bool gains_by_polling() const override { return patience() == Patience::none; }
  bool doze() override;
  void end_turn(uint64_t now_ns) override;
  void finish(BlockRequest& request, Status status) override;
  void ring_kicked(BlkRing& ring) override;
  void ring_quiet(BlkRing& ring) override;

  // Requests: blk_lane.cc
  uint32_t poll_rings(uint64_t now_ns);
  bool has_chains();
  bool arm_kicks();
  Patience patience() const { return queue_ == nullptr ? Patience::none : queue_->patience(); }
  void look_for_lost_memory();
  uint32_t take_from(BlkRing& ring, uint64_t now_ns);
  enum class Taken : uint8_t { submitted, finished, wait, fault };
  Taken take_one(BlkRing& ring, uint64_t now_ns);
  Taken begin_request(BlkSlot& slot, ChainSegments& segments);
  void finish_now(BlkSlot& slot, BlkStatus status);
  void submit_batch();
  void choose_sample(BlkRing& ring, uint32_t taken, uint64_t now_ns);
  void complete(BlkSlot& slot, BlkStatus status);
  void trace(const BlkSlot& slot, Status status, uint64_t now_ns);
  void count(const BlkSlot& slot, Status status, uint64_t now_ns);

  // Rings that come and go: blk_lane_rings.cc
  void rouse() { reactor_.rouse(*this); }
  void open_disk();
  void count_running();
  void break_lane(BlkRing* ring, std::string_view reason);
  void hold_all();
  void look_for_progress();
  bool look_at(BlkRing& ring);
  void forget(BlkRing& ring);
  void try_end();

  // Fixed after construction
  const Function function_;
  Owner& owner_;
  Reactor& reactor_;

  std::unique_ptr<BlockQueue> queue_;
  BlkLimits limits_;
  std::vector<BlkRing*> rings_;
  PoolShare share_;
  TurnShare::Member turn_;
  uint32_t first_ring_ = 0;  // where the next turn begins, for fairness between rings
  uint32_t running_count_ = 0;
  std::array<BlockRequest*, 128> batch_;
  uint32_t batch_count_ = 0;
  FinishTally tally_;
  LaneTracer tracer_;
  // Of what is taken in this turn
  uint64_t deadline_ns_ = kNever;
  uint64_t trace_from_ns_ = kNever;
  uint32_t losses_seen_ = ForeignMapping::losses();
  bool is_starved_ = false;  // a ring waits for a slot, which a completion will bring
  bool is_stopped_ = false;  // a guest broke a rule
  bool is_awaited_ = false;  // some ring is to leave or to become quiet
  bool is_ending_ = false;
  bool has_ended_ = false;
};

}  // namespace laneway
