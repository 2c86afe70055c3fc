#pragma once
// KeeperThings keeps what functions leave with the keeper. It holds duplicates of what it was left until that is used,
// since a function that cannot be served yet is tried again. Owned by the engine. Control threads, any number at once.

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "engine/keeper_ties.h"
#include "engine/kept_things.h"

namespace laneway {

class KeeperThings final : public KeptThings {
 public:
  explicit KeeperThings(KeeperTies& ties);

  bool outlives_engine() const override { return true; }
  UniqueFd listener(const std::string& function, const std::string& path) override;
  void keep_listener(const std::string& function, const UniqueFd& listener) override;
  bool was_served(const std::string& function) override;
  UniqueFd memory_file(const std::string& function) override;
  void keep_memory_file(const std::string& function, const UniqueFd& file) override;
  bool has_device(const std::string& function) override;
  Result<std::optional<KeptDevice>> device(const std::string& function) override;
  void device_restored(const std::string& function) override;
  std::unique_ptr<DeviceVault> make_vault(const std::string& function) override;
  bool is_quarantined(const std::string& function) const override;
  Result<void> release(const std::string& function) override;
  void restored_all() override;
  void drop(const std::string& function) override;
  void drop_all_but(const std::set<std::string, std::less<>>& functions) override;

 private:
  const KeptItem* find(const std::string& key);
  void keep(const std::string& key, const UniqueFd& file, bool is_held);

  KeeperTies& ties_;

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::map<std::string, KeptItem, std::less<>> left_;  // by key: by an earlier engine, and not used yet
  std::map<std::string, UniqueFd, std::less<>> kept_;  // by key: of what this engine keeps
  std::map<std::string, UniqueFd, std::less<>> held_;  // by key: for the shelf, and the keeper has it from before
  bool is_starting_ = true;
  std::set<std::string, std::less<>> released_;       // functions
  std::set<std::string, std::less<>> served_before_;  // functions whose socket or device an earlier engine left
};

}  // namespace laneway
