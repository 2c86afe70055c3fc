#pragma once
// StatsBook holds the counters of one function: those of its home reactor, and a block for each of its lanes, since a
// block has a single writer. A block outlives its lane and goes to the next one, so that nothing that was counted is
// lost. Owned by the function. Home reactor only, but for the sum.

#include <atomic>
#include <memory>
#include <vector>

#include "frontend/function_stats.h"

namespace laneway {

class StatsBook {
 public:
  ControlStats& control() { return control_; }
  // A block for a lane, until give_back().
  FunctionStats& take();
  void give_back(const FunctionStats& stats);

  // The sum of all. Any thread.
  FunctionStatsSnapshot snapshot() const;

 private:
  struct Block {
    FunctionStats stats;
    const Block* older = nullptr;  // fixed once it is the newest
    bool is_taken = true;
  };

  ControlStats control_;
  std::vector<std::unique_ptr<Block>> blocks_;
  // Any thread (atomic)
  std::atomic<const Block*> newest_{nullptr};
};

}  // namespace laneway
