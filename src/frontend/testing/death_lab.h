#pragma once
// DeathLab is a function whose engine dies where a test says, and its successors: a guest that turns the lab's reactor
// turns whichever engine lives. The dead are turned no more, so that nothing of theirs moves, as if their process had
// ended; they are buried at the end. One thread.

#include <deque>
#include <memory>
#include <vector>

#include "frontend/testing/function_bench.h"
#include "frontend/testing/memory_vault.h"

namespace laneway {

class DeathLab final : private BenchReactor::Scene {
 public:
  // How the first engine ends, then the next, and so on; those after these live on.
  explicit DeathLab(std::vector<MemoryVault::Fate> fates, VhostBlkOptions options = {});
  ~DeathLab();

  BenchReactor& stage() { return stage_; }
  FakeDisk& disk() { return disk_; }
  VaultShelf& shelf() { return shelf_; }
  // Of the first engine, where the guest connects.
  const std::string& path() const { return engines_.front()->function.path(); }
  VhostBlkService& service() { return engines_.back()->function.service(); }
  MemoryVault& vault() { return *engines_.back()->vault; }
  size_t deaths() const { return engines_.size() - 1; }
  // The engine ends here and now, and the next one takes over.
  void kill();
  // The engine hands over in an orderly way and ends; true where it was at rest. The next one begins with succeed().
  bool hand_over(uint64_t patience_ns);
  void succeed();

 private:
  struct Engine {
    Engine(VaultShelf& shelf, MemoryVault::Fate fate, FakeDisk& disk, const VhostBlkOptions& options);
    BenchReactor reactor;
    std::unique_ptr<MemoryVault> vault;
    BenchFunction function;
  };
  void act() override;
  void begin_engine();

  const VhostBlkOptions options_;
  std::deque<MemoryVault::Fate> fates_;
  BenchReactor stage_;
  FakeDisk disk_;
  VaultShelf shelf_;
  std::vector<std::unique_ptr<Engine>> engines_;
};

}  // namespace laneway
