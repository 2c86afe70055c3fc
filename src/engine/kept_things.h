#pragma once
// KeptThings is what earlier engines left of each function, and where this one leaves the same (decision 60): listening
// socket, attached device, a memory disk's file. By itself it keeps nothing, as an engine without a keeper. Owned by
// the engine, outlives all functions. Control threads, any number at once.

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "frontend/device_vault.h"

namespace laneway {

class KeptThings {
 public:
  virtual ~KeptThings() = default;

  // Somebody has them when this engine ends.
  virtual bool outlives_engine() const { return false; }

  // A duplicate of the socket that listens there for the function; none where none was left.
  virtual UniqueFd listener(const std::string& /*function*/, const std::string& /*path*/) { return {}; }
  virtual void keep_listener(const std::string& /*function*/, const UniqueFd& /*listener*/) {}
  // An earlier engine served the function, and something of it is left: its memory disk's file must be, too.
  virtual bool was_served(const std::string& /*function*/) { return false; }
  // The same as listener() for the file of a memory disk.
  virtual UniqueFd memory_file(const std::string& /*function*/) { return {}; }
  virtual void keep_memory_file(const std::string& /*function*/, const UniqueFd& /*file*/) {}

  virtual bool has_device(const std::string& /*function*/) { return false; }
  // The device that was attached; nothing where none was. A copy each time, until it is restored.
  virtual Result<std::optional<KeptDevice>> device(const std::string& /*function*/) {
    return std::optional<KeptDevice>();
  }
  virtual void device_restored(const std::string& /*function*/) {}
  // For the records of the function's devices; null: they are kept nowhere. One at a time.
  virtual std::unique_ptr<DeviceVault> make_vault(const std::string& /*function*/) { return nullptr; }

  // No engine is to use the device until an operator releases it.
  virtual bool is_quarantined(const std::string& /*function*/) const { return false; }
  virtual Result<void> release(const std::string& function) {
    return fail(ErrorCode::not_found, "function '{}' is not in quarantine.", function);
  }

  // Every function of the start was tried: what guests need not wait for may be done now.
  virtual void restored_all() {}

  // The function is deleted, and its vault is gone: nothing of it is left.
  virtual void drop(const std::string& /*function*/) {}
  // The same for what earlier engines left of functions that are not among these.
  virtual void drop_all_but(const std::set<std::string, std::less<>>& /*functions*/) {}
};

}  // namespace laneway
