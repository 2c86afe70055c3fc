#pragma once
// StatsBook holds the counters of one function: a block for each of its lanes, since a block has a single writer. A
// block outlives its lane and goes to the next one, so that nothing that was counted is lost. Owned by the function.
// Home reactor only, but for the sum.

#include <atomic>
#include <memory>
#include <vector>

#include "frontend/function_stats.h"

namespace laneway {

class StatsBook {
 public:
  // The block of the home reactor: its lane's, and what concerns the whole function.
  FunctionStats& home() { return home_; }
  // A block for a lane elsewhere, until give_back().
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

  FunctionStats home_;
  std::vector<std::unique_ptr<Block>> blocks_;
  // Any thread (atomic)
  std::atomic<const Block*> newest_{nullptr};
};

}  // namespace laneway
