#pragma once
// Witness is a BlockDevice before the disk of a simulation, behind the function's limits. It sees every request arrive
// and finish and checks what only shows there: each finishes once, by its deadline, which did not run while a limit
// held it; and on the reactor that has its ring. Owned by the simulation; one thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "block/block.h"
#include "frontend/request_pool.h"
#include "reactor/reactor.h"
#include "sim/disk_model.h"
#include "sim/replay_order.h"
#include "sim/scenario.h"

namespace laneway::sim {

class Witness final : public BlockDevice {
 public:
  // All outlive the witness.
  Witness(const Scenario& scenario, BlockDevice& disk, DiskModel& model, ReplayOrder& order)
      : scenario_(scenario),
        disk_(disk),
        model_(model),
        order_(order),
        is_order_known_(scenario.guest == GuestKind::vhost && scenario.queues == 1 && !scenario.is_limited &&
                        scenario.troubles.guest_resets <= 0) {}

  // Planted bugs
  // One request of each ring that is about to leave does not count as under way any more.
  void forget_requests_of_rings_elsewhere(const std::vector<RequestPool*>& placement);
  // The next request to arrive gets lost.
  void lose_next_request() { loses_next_ = true; }

  BlockGeometry geometry() const override { return disk_.geometry(); }
  Result<std::unique_ptr<BlockQueue>> open_queue(Reactor& reactor) override;
  Result<void> resize(uint64_t capacity_bytes) override { return disk_.resize(capacity_bytes); }
  std::string describe() const override { return disk_.describe(); }
  std::string identity() const override { return disk_.identity(); }
  void watch(BlockDeviceWatcher* watcher) override { disk_.watch(watcher); }

 private:
  class Queue;
  struct Seen {
    BlockRequestOwner* owner = nullptr;
    uint64_t arrived_ns = 0;
    bool is_forgotten = false;
  };
  bool arrived(BlockRequest& request, Queue& queue, uint64_t now_ns);
  void finished(BlockRequest& request, Status status, Reactor& reactor);
  void check_place(const BlockRequest& request, const Reactor& reactor);

  // Fixed after construction
  const Scenario& scenario_;
  BlockDevice& disk_;
  DiskModel& model_;
  ReplayOrder& order_;
  const bool is_order_known_;  // one ring, which nobody resets, and nothing holds requests back

  std::map<BlockRequest*, Seen> under_way_;
  bool loses_next_ = false;
};

}  // namespace laneway::sim
