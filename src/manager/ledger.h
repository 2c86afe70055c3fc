#pragma once
// Ledger is the one writer of the store: it loads what is wanted into the catalog, and commits changes one after the
// other, each with its entry in the audit log, so that catalog and store never differ. Owned by the daemon. Any thread;
// blocks.

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "manager/audit_trail.h"
#include "manager/catalog.h"
#include "store/store.h"

namespace laneway {

struct LedgerChange {
  std::vector<Resource> puts;      // by their revision: 0 for new ones
  std::vector<Resource> removals;  // likewise
  std::vector<StoreWrite> others;  // secrets and marks
};

class Ledger {
 public:
  Ledger(Store& store, Catalog& catalog, AuditTrail& audit) : store_(store), catalog_(catalog), audit_(audit) {}

  Result<void> load();

  // Held while something is decided from the catalog and committed: nothing changes in between.
  [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }
  // With hold(). The catalog has it afterwards. The revision.
  Result<uint64_t> commit(LedgerChange change, const Actor& actor, const AuditSubject& subject);
  // With hold(). What lanewayd remembers of it; no change for clients.
  Result<void> set_notes(const Resource& resource);
  Result<void> mark(const std::string& key, const std::string& value);
  // With hold(). That something was refused, or done without a change of the store.
  void record(const Actor& actor, const AuditSubject& subject, std::string_view result);

  // By their keys in the store; empty where there is none.
  Result<std::string> read(const std::string& key);

 private:
  Result<void> load_kind(Kind kind);
  void read_again(const Resource& resource);

  // Fixed after construction
  Store& store_;
  Catalog& catalog_;
  AuditTrail& audit_;
  std::mutex mutex_;
};

}  // namespace laneway
