#pragma once
// VhostBlk is the virtio-blk device that one connected front-end sees: rings, requests and configuration space. It
// lives from connect to the end of the drain after a disconnect; the function behind it (vhost_blk_function.h) lives
// on. It polls its rings, turns chains into BlockRequests, and shows the guest at a turn's end what finished. Home
// reactor only.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "block/block.h"
#include "frontend/blk_request.h"
#include "frontend/blk_ring.h"
#include "frontend/function_stats.h"
#include "frontend/request_pool.h"
#include "frontend/turn_share.h"
#include "frontend/vhost_blk_options.h"
#include "reactor/reactor.h"
#include "vhost_user/machine.h"

namespace laneway {

class VhostBlk final : private Poller,
                       private TurnEnd,
                       private VhostUserDevice,
                       private BlockRequestOwner,
                       private BlkRing::Owner {
 public:
  class Owner {
   public:
    // What a message waited for may be there: call pump().
    virtual void device_progressed() = 0;
    // After detach(): nothing is in flight any more, neither requests nor kernel operations.
    virtual void device_detached() = 0;

   protected:
    ~Owner() = default;
  };
  struct Function {  // of the function that the device belongs to; all outlive the device
    const VhostBlkOptions& options;
    BlockDevice& disk;
    RequestPool& pool;
    FunctionStats& stats;
    LogGate& log_gate;
  };

  VhostBlk(const Function& function, Owner& owner, std::unique_ptr<BlockQueue> queue);
  ~VhostBlk();

  VhostUserMachine& machine() { return machine_; }
  const VhostUserMachine& machine() const { return machine_; }

  // Rebuilds the device from a record; its unfinished requests are submitted again, in their old order.
  Result<void> restore(DeviceRecord record);
  // The disk's geometry changed: the front-end is told to read the configuration space again.
  void geometry_changed();
  // Ends: rings take no more, requests under way finish or stay recorded as unfinished. device_detached() follows.
  void detach();
  bool is_detached() const;

  bool is_broken() const { return is_broken_; }
  const std::string& broken_reason() const { return broken_reason_; }
  const BlkRing& ring(uint32_t index) const { return *rings_[index]; }

 private:
  // Poller, TurnEnd, BlockRequestOwner
  uint32_t poll(uint64_t now_ns) override;
  bool arm_wake_up() override;
  void disarm_wake_up() override;
  bool doze() override;
  void end_turn(uint64_t now_ns) override;
  void finish(BlockRequest& request, Status status) override;

  // Requests: vhost_blk.cc
  uint32_t poll_rings(uint64_t now_ns);
  uint32_t poll_queue(uint64_t now_ns);
  bool has_chains();
  uint32_t take_from(BlkRing& ring, uint64_t now_ns);
  enum class Taken : uint8_t { submitted, finished, wait, fault };
  Taken take_one(BlkRing& ring, uint64_t now_ns);
  Taken begin_request(BlkSlot& slot, ChainSegments& segments);
  void finish_now(BlkSlot& slot, BlkStatus status);
  void submit_batch();
  void complete(BlkSlot& slot, BlkStatus status);
  void count(const BlkSlot& slot, Status status);
  void break_device(const BlkRing* ring, std::string_view reason);

  // VhostUserDevice: vhost_blk_device.cc
  uint64_t offered_features() const override;
  void read_config(ByteSpan out) const override;
  void write_config(uint32_t offset, ByteView bytes) override;
  void settings_changed() override;
  void reset() override;
  bool is_running(uint32_t ring) const override { return rings_[ring]->is_running(); }
  void start_ring(uint32_t ring) override;
  bool hold_ring(uint32_t ring) override;
  uint16_t stop_ring(uint32_t ring) override;
  void release_rings(bool has_memory_changed) override;
  bool quiesce_descriptors(uint32_t ring) override { return rings_[ring]->quiesce(); }
  void descriptors_changed(uint32_t ring) override;
  bool quiesce_backend_channel() override { return backend_channel_.quiesce(); }
  void close_descriptor(UniqueFd fd) override;
  void message_refused(const Error& error, bool stops_device) override;
  Result<void> try_start_ring(uint32_t ring);

  // BlkRing::Owner
  void ring_kicked(BlkRing& ring) override;
  void ring_quiet(BlkRing& ring) override;

  void look_for_progress();
  void rouse() { reactor_.rouse(*this); }
  static void backend_channel_quiet(void* device);

  // Fixed after construction
  const Function function_;
  Owner& owner_;
  Reactor& reactor_;
  const std::unique_ptr<BlockQueue> queue_;

  VhostUserMachine machine_;
  BlockGeometry geometry_;
  BlkLimits limits_;
  std::vector<std::unique_ptr<BlkRing>> rings_;
  SignalWriter backend_channel_;
  PoolShare share_;
  TurnShare::Member turn_;
  uint32_t first_ring_ = 0;  // where the next turn begins, for fairness between rings
  uint32_t running_count_ = 0;
  std::array<BlockRequest*, 128> batch_;
  uint32_t batch_count_ = 0;
  uint64_t finish_ns_ = 0;   // the time that requests finished in poll() get; 0 outside
  bool is_starved_ = false;  // a ring waits for a slot, which a completion will bring
  bool is_restoring_ = false;
  bool is_detaching_ = false;
  bool is_broken_ = false;
  std::string broken_reason_;
};

}  // namespace laneway
