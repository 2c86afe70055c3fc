#pragma once
// TargetTable knows the remembered iSCSI targets by name. Functions hold a TargetUse of theirs, and a target in use is
// not forgotten. Owned by the engine, outlives every disk; control threads, any number at once. No lock is held during
// a login.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/state_store.h"
#include "engine/target_access.h"

namespace laneway {

class TargetTable;

// Keeps a target in the table while it lives. Move only.
class TargetUse {
 public:
  TargetUse(TargetTable& table, std::string name, IscsiTarget& target)
      : table_(&table), name_(std::move(name)), target_(&target) {}
  ~TargetUse();
  TargetUse(TargetUse&& other) noexcept;
  TargetUse& operator=(TargetUse&& other) noexcept {
    std::swap(table_, other.table_);
    std::swap(name_, other.name_);
    std::swap(target_, other.target_);
    return *this;
  }

  IscsiTarget& target() const { return *target_; }

 private:
  TargetTable* table_;
  std::string name_;
  IscsiTarget* target_;
};

struct TargetReport {
  TargetSpec spec;
  std::vector<std::string> functions;  // on this target, by the state store
  std::vector<LunFacts> luns;
  std::string luns_error;  // why they could not be looked at
  std::vector<IscsiSessionReport> sessions;
  SessionFaults::Counts session_faults{};
};

class TargetTable {
 public:
  // Takes the targets of the state store. All references outlive the table.
  TargetTable(StateStore& store, TargetAccess& access, std::string initiator_name);
  ~TargetTable();

  // Proves the login, then remembers the target. A failure leaves nothing behind.
  Result<TargetReport> login(const TargetSpec& spec);
  // What a manager wants to be remembered of it.
  Result<void> set_origin(const std::string& name, const std::string& origin);
  // Refuses while functions are on the target.
  Result<void> logout(const std::string& name);
  std::vector<TargetReport> list() const;  // without LUNs
  // Logs in to look at the LUNs; where that fails, the report says why.
  Result<TargetReport> show(const std::string& name);
  Result<std::vector<iscsi::DiscoveredTarget>> discover(const IscsiPortal& portal, const iscsi::ChapCredentials& chap);

  Result<TargetUse> use(const std::string& name);
  Result<std::vector<LunFacts>> look_at_luns(IscsiTarget& target) { return access_.look_at_luns(target); }
  const std::string& initiator_name() const { return initiator_name_; }
  size_t count() const;
  // Now and then: looks names up again whose address is not known or does not answer.
  void look_after();

 private:
  friend class TargetUse;
  struct Entry {
    TargetSpec spec;
    std::unique_ptr<IscsiTarget> target;
    uint32_t uses = 0;
  };

  void end_use(const std::string& name);
  Result<void> reserve(const TargetSpec& spec);
  Result<std::vector<LunFacts>> prove(const TargetSpec& spec);

  // Fixed after construction
  StateStore& store_;
  TargetAccess& access_;
  const std::string initiator_name_;

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // without a target: being logged in to
};

}  // namespace laneway
