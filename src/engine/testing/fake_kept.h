#pragma once
// FakeKept keeps in memory what functions leave, as a keeper beside the engine would: tests end one table and start the
// next with the same FakeKept. Control threads of a test.

#include <fcntl.h>

#include <map>
#include <set>
#include <string>

#include "engine/kept_things.h"

namespace laneway {

class FakeKept final : public KeptThings {
 public:
  std::map<std::string, UniqueFd> listeners;
  std::set<std::string> devices;  // attached
  std::set<std::string> settled;  // of these: those that were left with nothing under way
  std::set<std::string> quarantined;
  std::set<std::string> dropped;
  bool is_record_bad = false;

  bool outlives_engine() const override { return true; }
  UniqueFd listener(const std::string& function, const std::string& /*path*/) override {
    const auto found = listeners.find(function);
    return found == listeners.end() ? UniqueFd() : copy_of(found->second);
  }
  void keep_listener(const std::string& function, const UniqueFd& listener) override {
    listeners[function] = copy_of(listener);
  }
  bool has_device(const std::string& function) override { return devices.contains(function); }
  Result<std::optional<KeptDevice>> device(const std::string& function) override {
    if (is_record_bad) return fail(ErrorCode::protocol, "this is no device record");
    if (!has_device(function)) return std::optional<KeptDevice>();
    KeptDevice kept;
    kept.record.is_settled = settled.contains(function);
    return kept;
  }
  bool is_quarantined(const std::string& function) const override { return quarantined.contains(function); }
  Result<void> release(const std::string& function) override {
    if (quarantined.erase(function) == 0) return KeptThings::release(function);
    return {};
  }
  void drop(const std::string& function) override {
    dropped.insert(function);
    listeners.erase(function);
    devices.erase(function);
  }

  void drop_all_but(const std::set<std::string, std::less<>>& functions) override {
    const std::set<std::string> attached = devices;
    for (const std::string& name : attached) {
      if (!functions.contains(name)) drop(name);
    }
  }

 private:
  static UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }
};

}  // namespace laneway
