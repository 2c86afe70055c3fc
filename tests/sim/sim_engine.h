#pragma once
// SimEngine is one life of an engine in a simulation: reactors on kernel ports of its own, the initiator's side of the
// target, the disk and what stands before it, and the function where the guest has rings. A killed one is buried: it
// stays as it was, and only its successor is used from then on. Owned by the simulation; one thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/iscsi_target.h"
#include "frontend/vhost_blk_function.h"
#include "qos/throttled_device.h"
#include "sim/limit_changer.h"
#include "sim/queue_mover.h"
#include "sim/scenario.h"
#include "sim/sim_reactors.h"
#include "sim/sim_vault.h"
#include "sim/witness.h"

namespace laneway::sim {

inline constexpr uint16_t kTargetPort = 3260;

class SimEngine final : private VhostBlkFunction::CloseListener {
 public:
  struct World {  // what outlives every engine
    const Scenario& scenario;
    SimHost& host;
    DiskModel& model;
    Random& random;
    VaultShelf& shelf;
    ReplayOrder& order;
    int file = -1;  // of a disk on a file
  };
  // The number of engines that lived before.
  SimEngine(const World& world, uint32_t predecessors);
  ~SimEngine();

  SimReactors& reactors() { return reactors_; }
  BlockDevice& device() { return *device_; }  // as the guest uses it
  Witness& witness() { return *witness_; }
  LimitChanger* limits() { return limits_ ? &*limits_ : nullptr; }
  QueueMover* mover() { return mover_ ? &*mover_ : nullptr; }

  // The function that serves front-ends at `listener`.
  void serve(UniqueFd listener);
  // The same, and goes on with the device that its predecessor's vault has, if any.
  void take_over(UniqueFd listener);
  VhostBlkFunction* function() { return function_.get(); }
  // Queues begin to move, and limits to change.
  void begin_changes();
  void end_changes();
  void begin_close();
  bool is_closed() const { return function_ == nullptr || is_closed_; }

  // It was killed: what it had open closes, what it had under way in the kernel is cut off.
  void die();

 private:
  void make_disk();
  void forget_actors();
  void closed(VhostBlkFunction& /*function*/) override { is_closed_ = true; }

  // Fixed after construction
  const World world_;
  const uint64_t predecessors_;
  SimKernel kernel_;
  SimReactors reactors_;
  RequestPool pool_;
  IscsiTarget iscsi_target_;
  std::unique_ptr<BlockDevice> disk_;
  int disk_fd_ = -1;
  std::optional<Witness> witness_;
  std::optional<LimitChanger> limits_;
  std::optional<ThrottledDevice> limited_disk_;
  BlockDevice* device_ = nullptr;

  std::unique_ptr<VhostBlkFunction> function_;
  std::optional<SimVault> vault_;
  std::optional<QueueMover> mover_;
  bool is_closed_ = false;
};

}  // namespace laneway::sim
