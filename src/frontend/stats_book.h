#pragma once
// StatsBook holds the counters of one function: those of its home reactor, and a block for each of its lanes, since a
// block has a single writer. A block outlives its lane and goes to the next one, so that nothing that was counted is
// lost. Owned by the function. Home reactor only, but for the sum.

#include <atomic>
#include <memory>
#include <vector>

#include "frontend/function_stats.h"
#include "frontend/vhost_blk_options.h"

namespace laneway {

class StatsBook {
 public:
  ControlStats& control() { return control_; }
  // A block for a lane, until give_back().
  FunctionStats& take();
  void give_back(const FunctionStats& stats);

  // The sum of all. Any thread.
  FunctionStatsSnapshot snapshot() const;

  // Any thread, as the sum.
  uint64_t samples() const;
  void add_stages(StageHistograms& sum) const;
  // In no order.
  std::vector<SlowRequest> slow_requests() const;
  // What takes longer is slow, for all lanes.
  void set_slow_ns(uint64_t slow_ns);

 private:
  struct Block {
    FunctionStats stats;
    Block* older = nullptr;  // fixed once it is the newest
    bool is_taken = true;
  };

  // Acquire: pairs with the release in take().
  Block* newest() const { return newest_.load(std::memory_order_acquire); }

  ControlStats control_;
  std::vector<std::unique_ptr<Block>> blocks_;
  // Any thread (atomic)
  std::atomic<Block*> newest_{nullptr};
  std::atomic<uint64_t> slow_ns_{TraceOptions().slow_ns};
};

}  // namespace laneway
