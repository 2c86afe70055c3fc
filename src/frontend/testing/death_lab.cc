#include "frontend/testing/death_lab.h"

namespace laneway {

namespace {

FunctionPlace place_of(BenchReactor& reactor, DeviceVault& vault) {
  FunctionPlace place(reactor.pool());
  place.vault = &vault;
  return place;
}

}  // namespace

DeathLab::Engine::Engine(VaultShelf& shelf, MemoryVault::Fate fate, FakeDisk& disk, const VhostBlkOptions& options)
    : vault(std::make_unique<MemoryVault>(reactor.reactor(), shelf, fate)),
      function(reactor, disk, options, place_of(reactor, *vault)) {}

DeathLab::DeathLab(std::vector<MemoryVault::Fate> fates, VhostBlkOptions options)
    : options_(std::move(options)), fates_(fates.begin(), fates.end()) {
  begin_engine();
  stage_.add(*this);
}

DeathLab::~DeathLab() {
  disk_.is_stalled = false;
  // The last one first: it is the one that lives, and what it does must not meet the others.
  for (; !engines_.empty(); engines_.pop_back()) {
    engines_.back()->vault->bury();
    engines_.back()->function.close();
  }
}

void DeathLab::begin_engine() {
  MemoryVault::Fate fate;
  if (!fates_.empty()) {
    fate = fates_.front();
    fates_.pop_front();
  }
  engines_.push_back(std::make_unique<Engine>(shelf_, fate, disk_, options_));
}

void DeathLab::kill() {
  vault().die();
  succeed();
}

bool DeathLab::hand_over(uint64_t patience_ns) {
  Engine& engine = *engines_.back();
  service().hand_over(patience_ns);
  LW_ASSERT(engine.reactor.turn_until([&] { return service().is_handed_over(); }));
  const bool is_at_rest = service().is_at_rest();
  engine.function.close();
  return is_at_rest;
}

void DeathLab::succeed() {
  LW_ASSERT(shelf_.has_device);
  begin_engine();
  LW_ASSERT(service().restore(shelf_.take()).has_value());
}

void DeathLab::act() {
  engines_.back()->reactor.turn();
  if (vault().is_dead()) kill();
}

}  // namespace laneway
