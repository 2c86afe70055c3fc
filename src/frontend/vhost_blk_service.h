#pragma once
// VhostBlkService is the part of a virtio-blk function that lives on its home reactor: it accepts front-ends one at a
// time, gives each a device and a connection, and takes both down again. A second front-end waits a moment, in case the
// first is about to be noticed gone, and is then turned away. Owned by VhostBlkFunction. Home reactor only, but for
// what says otherwise.

#include <atomic>
#include <memory>

#include "base/log.h"
#include "frontend/function_place.h"
#include "frontend/vhost_blk.h"
#include "frontend/vhost_connection.h"
#include "reactor/reactor.h"

namespace laneway {

struct VhostBlkConnection;

class VhostBlkService final : private VhostBlk::Owner, private VhostConnection::Owner, private BlockDeviceWatcher {
 public:
  // Told on the home reactor, as the last thing that the service does.
  class Owner {
   public:
    virtual void service_closed() = 0;
    // At rest: nothing of this engine touches the guest or its disk any more.
    virtual void service_handed_over(bool is_at_rest) = 0;

   protected:
    ~Owner() = default;
  };

  struct Function {  // that the service belongs to; all outlive it
    const VhostBlkOptions& options;
    BlockDevice& disk;
    StatsBook& stats;
    LogGate& log_gate;
  };
  VhostBlkService(const Function& function, UniqueFd listener, FunctionPlace place, Owner& owner);
  ~VhostBlkService();

  void start();
  // start() with a device that comes out of a record. On failure it is not started, and the
  // front-end sees nothing.
  Result<void> restore(KeptDevice kept);
  void close();
  // Nothing is served any more, and nobody is disconnected: what is under way gets until then to finish, the rest is
  // left to a successor as it is. service_handed_over() follows, perhaps in here; close() is still due.
  void hand_over(uint64_t patience_ns);
  bool is_handed_over() const { return hand_over_ == HandOver::done; }
  bool is_at_rest() const { return is_at_rest_; }

  VhostBlkConnection connection() const;
  Result<DeviceRecord> record() const;
  const VhostBlk* device() const { return device_.get(); }

  class MoveListener {
   public:
    // Every ring is where it belongs, and no other reactor has anything of the function any more.
    virtual void rings_moved() = 0;

   protected:
    ~MoveListener() = default;
  };
  // Serves the rings where `rings` says from now on: those that run elsewhere move when they are drained. The listener
  // is told once, perhaps in here, unless stop_listening() comes before.
  void place_rings(const std::vector<RequestPool*>& rings, MoveListener* listener = nullptr);
  void stop_listening() { move_listener_ = nullptr; }
  // Nothing is on its way to another reactor.
  bool is_settled() const { return device_ == nullptr || !device_->is_moving(); }
  const std::vector<RequestPool*>& placement() const { return place_.rings; }

  // Any thread.
  bool is_attached() const { return is_attached_.load(std::memory_order_relaxed); }
  void watch_disk() { disk_.watch(this); }
  void unwatch_disk() { disk_.watch(nullptr); }

 private:
  // VhostBlk::Owner
  void device_progressed() override;
  void device_detached() override { look_for_end(); }
  void rings_moved() override;
  void record_changed() override;
  void ring_came_home() override { look_for_rest(); }
  // VhostConnection::Owner
  void connection_lost(const Error* error) override;
  void connection_ended() override;
  void message_kept() override { device_->record_kept(); }
  // BlockDeviceWatcher; any thread
  void geometry_changed() override;

  void start_accept();
  void stop_accepting();
  void accepted(int32_t result);
  void attach(UniqueFd socket);
  void build(UniqueFd socket);
  void turn_away_waiting();
  void waited_long_enough();
  void look_for_end();
  void look_for_rest();
  void handed_over(bool is_at_rest);
  void take_down();
  bool is_ready_to_close() const;

  // Letters to ourselves: from other threads, and to take a device down when none of its functions is on the stack.
  template <auto Member>
  struct Note final : Letter {
    explicit Note(VhostBlkService& to) : service(to) {}
    void deliver() override { (service.*Member)(); }
    VhostBlkService& service;
  };
  void read_geometry();

  // Fixed after construction
  const Function function_;
  const VhostBlkOptions& options_;
  BlockDevice& disk_;
  Reactor& reactor_;
  Owner& owner_;

  FunctionPlace place_;
  MoveListener* move_listener_ = nullptr;
  UniqueFd listener_;
  UniqueFd waiting_;  // a second front-end
  std::unique_ptr<VhostBlk> device_;
  std::unique_ptr<VhostConnection> connection_;
  bool is_closing_ = false;  // accepts nobody any more: closing or handing over
  bool is_close_asked_ = false;
  enum class HandOver : uint8_t { none, resting, keeping, done };
  HandOver hand_over_ = HandOver::none;
  bool is_at_rest_ = false;  // as it was handed over
  bool is_take_down_posted_ = false;
  KernelOp accept_{this, done_by<&VhostBlkService::accepted>};
  Timer waiting_timer_{this, fire_by<&VhostBlkService::waited_long_enough>};
  Timer rest_timer_{this, fire_by<&VhostBlkService::look_for_rest>};
  Timer accept_timer_{this, fire_by<&VhostBlkService::start_accept>};
  Note<&VhostBlkService::take_down> take_down_note_{*this};
  Note<&VhostBlkService::read_geometry> geometry_note_{*this};

  // Any thread (atomic)
  std::atomic<bool> is_attached_{false};
  std::atomic<bool> is_geometry_posted_{false};
};

}  // namespace laneway
