#pragma once
// Load is a guest in front of a queue: keeps a number of requests under way and counts what finished, by time. QosBench
// is the reactor and the hand-driven time in which Loads run. For tests. One thread.

#include <deque>
#include <memory>
#include <vector>

#include "qos/testing/hand_kernel.h"
#include "qos/testing/quick_disk.h"
#include "qos/throttled_device.h"
#include "reactor/reactor.h"

namespace laneway {

struct LoadStep {
  BlockOp op = BlockOp::read;
  uint64_t bytes = 4096;
};

class Load final : private BlockRequestOwner, private Poller {
 public:
  // `steps` are repeated for ever. With depth 0 nothing is submitted but by submit().
  Load(Reactor& reactor, BlockDevice& device, uint32_t depth, std::vector<LoadStep> steps);
  ~Load();

  void set_depth(uint32_t depth) { depth_ = depth; }
  void submit(const LoadStep& step, uint64_t deadline_ns = kNever);
  BlockQueue& queue() { return *queue_; }

  struct Ended {
    uint64_t number = 0;  // in the order of submission
    Status status = Status::ok;
    BlockOp op = BlockOp::read;
    uint64_t bytes = 0;
    uint64_t start_ns = 0;
    uint64_t time_ns = 0;
  };
  std::vector<Ended> ended;
  uint32_t under_way = 0;

  uint64_t count_between(uint64_t from_ns, uint64_t to_ns) const;
  uint64_t bytes_between(uint64_t from_ns, uint64_t to_ns) const;

 private:
  struct Request : BlockRequest {
    uint64_t number = 0;
    uint64_t start_ns = 0;
  };
  uint32_t poll(uint64_t now_ns) override;
  void finish(BlockRequest& request, Status status) override;

  Reactor& reactor_;
  std::unique_ptr<BlockQueue> queue_;
  uint32_t depth_;
  const std::vector<LoadStep> steps_;
  uint64_t next_ = 0;
  std::deque<Request> requests_;
  std::vector<Request*> free_;
};

class QosBench {
 public:
  HandKernel kernel;
  Reactor reactor{kernel, {}};

  uint64_t now_ns() const { return kernel.time_ns; }
  // Runs until so much time has passed. A sleeper wakes `late_ns` late, if nothing else wakes it.
  void run_for(uint64_t duration_ns, uint64_t late_ns = 0);
};

}  // namespace laneway
