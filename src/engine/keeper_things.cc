#include "engine/keeper_things.h"

#include <fcntl.h>
#include <poll.h>

#include "engine/keeper_question.h"
#include "engine/keeper_vault.h"
#include "engine/kept_keys.h"

namespace laneway {

namespace {

constexpr int kCarefulPauseMs = 200;

UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

}  // namespace

KeeperThings::KeeperThings(KeeperTies& ties) : ties_(ties) {
  for (const std::string& key : ties.inherited_keys()) {
    const std::string function = function_of_key(key);
    if (!function.empty() && key != kept_disk_key(function)) served_before_.insert(function);
  }
}

// With mutex_ held.
const KeptItem* KeeperThings::find(const std::string& key) {
  auto found = left_.find(key);
  if (found != left_.end()) return &found->second;
  std::optional<KeptItem> item = ties_.inherit(key);
  if (!item) return nullptr;
  return &left_.emplace(key, std::move(*item)).first->second;
}

UniqueFd KeeperThings::listener(const std::string& function, const std::string& path) {
  const std::lock_guard lock(mutex_);
  const std::string key = kept_listener_key(function);
  const auto found = kept_.find(key);
  if (found != kept_.end()) return copy_of(found->second);
  UniqueFd listener = ties_.listener(key, path);
  if (!listener) return {};
  UniqueFd copy = copy_of(listener);
  kept_.emplace(key, std::move(listener));
  return copy;
}

void KeeperThings::keep_listener(const std::string& function, const UniqueFd& listener) {
  const std::string key = kept_listener_key(function);
  const std::lock_guard lock(mutex_);
  const bool is_held = kept_.contains(key);
  kept_[key] = copy_of(listener);
  keep(key, listener, is_held);
}

bool KeeperThings::was_served(const std::string& function) {
  const std::lock_guard lock(mutex_);
  return served_before_.contains(function);
}

UniqueFd KeeperThings::memory_file(const std::string& function) {
  const std::lock_guard lock(mutex_);
  const KeptItem* item = find(kept_disk_key(function));
  if (item == nullptr || item->descriptors.size() != 1) return {};
  return copy_of(item->descriptors.front());
}

void KeeperThings::keep_memory_file(const std::string& function, const UniqueFd& file) {
  const std::string key = kept_disk_key(function);
  const std::lock_guard lock(mutex_);
  keep(key, file, left_.contains(key));
}

// With mutex_ held. What the keeper holds already is put for the next one only, which guests do not wait for.
void KeeperThings::keep(const std::string& key, const UniqueFd& file, bool is_held) {
  if (is_starting_ && is_held) {
    held_[key] = copy_of(file);
    return;
  }
  held_.erase(key);
  std::vector<UniqueFd> copies;
  copies.push_back(copy_of(file));
  ties_.shelf().keep(key, {}, std::move(copies));
}

void KeeperThings::restored_all() {
  const std::lock_guard lock(mutex_);
  is_starting_ = false;
  for (auto& [key, file] : held_) {
    std::vector<UniqueFd> copies;
    copies.push_back(std::move(file));
    ties_.shelf().keep(key, {}, std::move(copies));
  }
  held_.clear();
}

bool KeeperThings::has_device(const std::string& function) {
  const std::lock_guard lock(mutex_);
  return find(kept_device_key(function)) != nullptr;
}

Result<std::optional<KeptDevice>> KeeperThings::device(const std::string& function) {
  const std::lock_guard lock(mutex_);
  const std::string key = kept_device_key(function);
  const KeptItem* item = find(key);
  if (item == nullptr) return std::optional<KeptDevice>();
  if (ties_.is_careful()) tell_keeper(ties_.link(), PacketKind::restoring, key);
  std::vector<UniqueFd> copies;
  for (const UniqueFd& fd : item->descriptors) copies.push_back(copy_of(fd));
  Result<DeviceRecord> record = decode_record(item->bytes, std::move(copies));
  if (!record) return pass_on(record);
  return KeptDevice{std::move(*record), item->note};
}

void KeeperThings::device_restored(const std::string& function) {
  {
    const std::lock_guard lock(mutex_);
    left_.erase(kept_device_key(function));
  }
  if (!ties_.is_careful()) return;
  // Time to die of it, for the keeper to know of what; and then of nothing.
  (void)::poll(nullptr, 0, kCarefulPauseMs);
  tell_keeper(ties_.link(), PacketKind::restoring);
}

std::unique_ptr<DeviceVault> KeeperThings::make_vault(const std::string& function) {
  return std::make_unique<KeeperVault>(ties_.link(), function);
}

bool KeeperThings::is_quarantined(const std::string& function) const {
  const std::lock_guard lock(mutex_);
  return ties_.is_quarantined(kept_device_key(function)) && !released_.contains(function);
}

Result<void> KeeperThings::release(const std::string& function) {
  if (!is_quarantined(function)) return KeptThings::release(function);
  tell_keeper(ties_.link(), PacketKind::release, kept_device_key(function));
  const std::lock_guard lock(mutex_);
  released_.insert(function);
  return {};
}

void KeeperThings::drop_all_but(const std::set<std::string, std::less<>>& functions) {
  std::set<std::string, std::less<>> others;
  for (const std::string& key : ties_.inherited_keys()) {
    const std::string name = function_of_key(key);
    if (!name.empty() && !functions.contains(name)) others.insert(name);
  }
  for (const std::string& name : others) drop(name);
}

void KeeperThings::drop(const std::string& function) {
  const std::lock_guard lock(mutex_);
  served_before_.erase(function);
  for (const std::string& key : {kept_device_key(function), kept_listener_key(function), kept_disk_key(function)}) {
    (void)ties_.inherit(key);
    left_.erase(key);
    kept_.erase(key);
    held_.erase(key);
    ties_.shelf().drop(key);
    tell_keeper(ties_.link(), PacketKind::drop, key);
  }
}

}  // namespace laneway
