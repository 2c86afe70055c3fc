#pragma once
// KeeperVault keeps a function's device record with the keeper, as the item vf/NAME. Owned by what made the function;
// made and destroyed by control threads. Control reactor only otherwise, which is home to all functions.

#include "engine/keeper_item.h"
#include "frontend/device_vault.h"

namespace laneway {

class KeeperVault final : public DeviceVault, private KeeperItem::Owner {
 public:
  KeeperVault(KeeperLink& link, const std::string& function);
  // Waits for what is under way. Nobody attends it any more.
  ~KeeperVault() override;

  void attend(DeviceVault::Owner* owner) override { owner_ = owner; }
  void put(const EncodedRecord& record) override { item_.put(record.bytes, record.descriptors); }
  void note(uint64_t serial) override { item_.note(serial); }
  void drop() override { item_.drop(); }
  bool is_idle() const override { return item_.is_idle(); }

 private:
  void item_put() override;
  void item_noted() override;
  void item_dropped() override { look_for_end(); }
  void item_wanted_again() override;
  void look_for_end();

  // Fixed after construction
  Reactor& reactor_;

  // Control reactor only
  DeviceVault::Owner* owner_ = nullptr;
  bool is_ending_ = false;
  std::binary_semaphore has_ended_{0};
  KeeperItem item_;
};

}  // namespace laneway
