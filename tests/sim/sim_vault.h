#pragma once
// SimVault keeps a function's device record on a shelf that outlives the engine, as a keeper does: what was sent before
// a death is kept, and a note is sent in the same system call as what was started before it. It takes its time. Owned
// by a SimEngine, the shelf by the simulation; one thread.

#include <optional>

#include "base/random.h"
#include "frontend/device_vault.h"
#include "reactor/reactor.h"
#include "sim/actor.h"
#include "sim/kept_record.h"
#include "sim/scenario.h"
#include "sim/sim_host.h"

namespace laneway::sim {

struct VaultShelf {
  std::optional<KeptRecord> record;
  uint64_t note = 0;
};

class SimVault final : public DeviceVault, public Actor, public FlushListener, private Letter {
 public:
  SimVault(SimHost& host, Reactor& home, VaultShelf& shelf, Plant plant);

  void attend(Owner* owner) override { owner_ = owner; }
  void put(const EncodedRecord& record) override;
  void note(uint64_t serial) override;
  void drop() override;
  bool is_idle() const override { return !is_putting_ && !is_noting_; }

  // The engine was killed: what it had not sent is gone.
  void die() { sent_.reset(); }

  void flushed() override;
  uint64_t next_event_ns() const override;
  void act(uint64_t now_ns) override;

 private:
  void deliver() override;
  void keep();
  void tell_soon(uint64_t now_ns);

  // Fixed after construction
  SimHost& host_;
  Reactor& home_;
  VaultShelf& shelf_;
  const Plant plant_;

  Owner* owner_ = nullptr;
  std::optional<KeptRecord> sent_;  // on its way to the shelf
  uint64_t sent_note_ = 0;
  uint64_t keep_ns_ = kNever;
  uint64_t tell_ns_ = kNever;
  bool is_putting_ = false;
  bool is_noting_ = false;
  bool is_note_flushed_ = false;
};

}  // namespace laneway::sim
