#include "engine/keeper_vault.h"

#include "engine/kept_keys.h"

namespace laneway {

KeeperVault::KeeperVault(KeeperLink& link, const std::string& function)
    : reactor_(link.reactor()), item_(link, kept_device_key(function), *this) {}

KeeperVault::~KeeperVault() {
  run_on(reactor_, [this] {
    is_ending_ = true;
    look_for_end();
  });
  has_ended_.acquire();
}

void KeeperVault::item_put() {
  if (owner_ != nullptr) owner_->record_kept();
  look_for_end();
}

void KeeperVault::item_noted() {
  if (owner_ != nullptr) owner_->note_sent();
  look_for_end();
}

void KeeperVault::item_wanted_again() {
  if (owner_ != nullptr) owner_->vault_renewed();
}

void KeeperVault::look_for_end() {
  if (!is_ending_ || !item_.is_idle()) return;
  is_ending_ = false;
  // Release: the waiter destroys the vault; pairs with its acquire.
  has_ended_.release();
}

}  // namespace laneway
