#pragma once
// VhostBlk is the virtio-blk device that one connected front-end sees: its messages, configuration space and rings. It
// lives from connect to the end of the drain after a disconnect; the function behind it (vhost_blk_function.h) lives
// on. The I/O itself is done by lanes (blk_lane.h), one on each reactor that serves a ring; the device gives its rings
// to them and calls them home for whatever changes a ring. Home reactor only, which may have lanes as well.

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "block/block.h"
#include "frontend/blk_ring.h"
#include "frontend/lane_post.h"
#include "frontend/request_pool.h"
#include "frontend/stats_book.h"
#include "frontend/vhost_blk_options.h"
#include "reactor/reactor.h"
#include "vhost_user/machine.h"

namespace laneway {

class VhostBlk final : private VhostUserDevice, private LanePost::Owner {
 public:
  class Owner {
   public:
    // What a message waited for may be there: call pump().
    virtual void device_progressed() = 0;
    // After detach(): nothing is in flight any more, neither requests nor kernel operations.
    virtual void device_detached() = 0;
    // The last of the rings that were to move has moved.
    virtual void rings_moved() = 0;
    // The record changed without a message.
    virtual void record_changed() = 0;
    // Some ring has come home.
    virtual void ring_came_home() = 0;

   protected:
    ~Owner() = default;
  };
  struct Function {  // of the function that the device belongs to; all outlive the device
    const VhostBlkOptions& options;
    BlockDevice& disk;
    Reactor& home;
    StatsBook& stats;
    LogGate& log_gate;
    const std::vector<RequestPool*>& placement;  // by ring: of the reactor that serves it
  };

  VhostBlk(const Function& function, Owner& owner);
  ~VhostBlk();

  VhostUserMachine& machine() { return machine_; }
  const VhostUserMachine& machine() const { return machine_; }

  // Rebuilds the device from a record; its unfinished requests are submitted again, in their old order.
  Result<void> restore(DeviceRecord record);
  // The record is kept: rings that may run by it start.
  void record_kept();
  // The disk's geometry changed: the front-end is told to read the configuration space again.
  void geometry_changed();
  // The placement changed: rings move, each when it is drained. rings_moved() follows, perhaps in here.
  void move_rings();
  bool is_moving() const;
  // Rings take no more, and come home where what is under way ends.
  void rest();
  bool is_resting() const { return is_resting_; }
  // They are all at home, and nothing that was begun can still take effect on the disk.
  bool is_at_rest() const;
  // Ends: rings take no more, requests under way finish or stay recorded as unfinished. device_detached() follows.
  void detach();
  bool is_detached() const;

  bool is_broken() const { return machine_.record().is_broken; }
  const std::string& broken_reason() const { return machine_.record().broken_reason; }
  struct RingView {
    bool is_running = false;
    bool is_home = false;
    uint32_t in_flight = 0;
  };
  RingView ring(uint32_t index) const;
  const Reactor& reactor_of(uint32_t ring) const { return function_.placement[ring]->reactor(); }

 private:
  static constexpr const char* kLostMemory = "a file of its memory became shorter while it was in use";

  // Where a ring is.
  struct Seat {
    std::unique_ptr<BlkRing> ring;
    LanePost* post = nullptr;  // of the lane that serves it, or did last; null: none yet
    bool is_home = true;       // it may be touched
    bool is_held = false;      // a message holds it
    bool is_leaving = false;   // recalled
    bool is_quiet_asked = false;
    bool is_quiet = false;  // while away, as was asked for
  };

  // VhostUserDevice: vhost_blk_device.cc
  uint64_t offered_features() const override;
  void read_config(ByteSpan out) const override;
  void write_config(uint32_t offset, ByteView bytes) override;
  void settings_changed() override;
  bool are_settings_in_force() const override;
  void reset() override;
  bool is_running(uint32_t ring) const override { return seats_[ring].ring->is_running(); }
  void start_ring(uint32_t ring) override;
  bool hold_ring(uint32_t ring) override;
  uint16_t stop_ring(uint32_t ring) override;
  void release_rings(bool has_memory_changed) override;
  bool may_add_memory() override;
  bool quiesce_descriptors(uint32_t ring) override;
  void descriptors_changed(uint32_t ring) override;
  bool quiesce_backend_channel() override { return backend_channel_.quiesce(); }
  void close_descriptor(UniqueFd fd) override;
  void message_refused(const Error& error, bool stops_device) override;
  Result<void> try_start_ring(uint32_t ring);
  void ring_stopped(Seat& seat);
  void find_memory_again(Seat& seat);
  void tell_lanes();

  // LanePost::Owner and the rings' ways: vhost_blk_lanes.cc
  void ring_returned(BlkRing& ring) override;
  void ring_is_quiet(BlkRing& ring) override;
  void lane_broke(const BlkRing* ring, std::string_view reason) override;
  void memory_may_be_lost() override;
  void lane_settled() override;
  void lane_ended(LanePost& post) override;
  RequestPool& pool_of(const Seat& seat) const { return *function_.placement[seat.ring->index()]; }
  LanePost& post_for(RequestPool& pool);
  BlkLane::Settings settings() const { return {limits_, is_broken()}; }
  bool is_displaced(const Seat& seat) const { return seat.post != nullptr && &seat.post->pool() != &pool_of(seat); }
  void send_off(Seat& seat);
  void recall(Seat& seat);
  void move(Seat& seat);
  void end_unused_lanes();
  void look_at_moves();

  void break_device(const BlkRing* ring, std::string_view reason);
  void look_for_progress();
  void announce_geometry();
  static void backend_channel_quiet(void* device);

  // Fixed after construction
  const Function function_;
  Owner& owner_;
  Reactor& reactor_;

  VhostUserMachine machine_;
  BlockGeometry geometry_;
  BlkLimits limits_;
  std::vector<std::unique_ptr<LanePost>> posts_;
  std::vector<Seat> seats_;  // by ring
  SignalWriter backend_channel_;
  uint32_t running_count_ = 0;
  bool is_restoring_ = false;
  bool is_resting_ = false;
  bool is_detaching_ = false;
  bool has_moves_ = false;
  bool is_announcing_ = false;  // a new geometry, once all lanes know it
};

}  // namespace laneway
