#pragma once
// AuditTrail is who changed what, from where and with which result. An entry of a change is written in one transaction
// with it; one of a refusal by itself. Owned by the daemon. Any thread; writers take turns (Ledger).

#include "manager/actor.h"
#include "manager/numbered_log.h"
#include "manager/wall_clock.h"

namespace laneway {

struct AuditSubject {
  std::string kind;
  std::string name;
};

class AuditTrail {
 public:
  explicit AuditTrail(WallClock& clock) : clock_(clock), log_("audit", "revision") {}

  Result<void> load(Store& store) { return log_.load(store); }
  LogPage list(const ListQuery& query) const { return log_.list(query); }

  // Adds what keeps the entry to the transaction; added() follows when that is done.
  Json stage(const Actor& actor, const AuditSubject& subject, std::string_view result, StoreTransaction& into);
  void added(Json entry, uint64_t revision);

 private:
  WallClock& clock_;
  NumberedLog log_;
};

}  // namespace laneway
