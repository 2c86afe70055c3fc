#pragma once
// MemoryVault keeps a device record in a VaultShelf, which outlives the engines of a test as a keeper does, and can
// stop its engine at any point of that: from then on nothing reaches the shelf, and the engine hears nothing until it
// is buried. One thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "frontend/device_vault.h"
#include "reactor/reactor.h"

namespace laneway {

struct VaultShelf {
  bool has_device = false;
  std::vector<uint8_t> bytes;
  std::vector<UniqueFd> descriptors;
  uint64_t note = 0;

  void store(const EncodedRecord& record);
  void clear();
  // What a successor is given: decoded, with descriptors of its own.
  KeptDevice take() const;
};

class MemoryVault final : public DeviceVault, private Letter {
 public:
  enum class Death : uint8_t { never, before_put, after_put, after_note };
  struct Fate {
    Death death = Death::never;
    uint32_t put = 0;  // at which put, from 1
  };

  MemoryVault(Reactor& reactor, VaultShelf& shelf, Fate fate) : reactor_(reactor), shelf_(shelf), fate_(fate) {}

  void die() { is_dead_ = true; }
  // While held, puts and notes take for ever.
  void hold(bool is_held);
  bool is_dead() const { return is_dead_; }
  uint32_t puts() const { return puts_; }
  // The dead engine may be closed: it hears what it waited for.
  void bury();
  void renew();

  void attend(Owner* owner) override { owner_ = owner; }
  void put(const EncodedRecord& record) override;
  void note(uint64_t serial) override;
  void drop() override;
  bool is_idle() const override { return !is_putting_ && !is_noting_; }

 private:
  bool is_fate(Death death) const { return fate_.death == death && fate_.put == puts_; }
  void tell(bool& is_under_way);
  void post();
  void deliver() override;

  Reactor& reactor_;
  VaultShelf& shelf_;
  const Fate fate_;
  Owner* owner_ = nullptr;
  uint32_t puts_ = 0;
  bool is_dead_ = false;
  bool is_buried_ = false;
  bool is_posted_ = false;
  bool is_held_ = false;
  bool is_putting_ = false;
  bool is_noting_ = false;
};

}  // namespace laneway
