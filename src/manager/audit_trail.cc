#include "manager/audit_trail.h"

namespace laneway {

Json AuditTrail::stage(const Actor& actor, const AuditSubject& subject, std::string_view result,
                       StoreTransaction& into) {
  Json entry = {{"time", utc_text(clock_.now_ms())},    {"who", actor.who},
                {"role", role_name(actor.role)},        {"from", actor.from},
                {"operation", actor.operation},         {"subject", {{"kind", subject.kind}, {"name", subject.name}}},
                {"revision", result == "done" ? 1 : 0}, {"result", result}};
  for (StoreWrite& write : log_.stage(entry)) into.writes.push_back(std::move(write));
  return entry;
}

void AuditTrail::added(Json entry, uint64_t revision) {
  if (number_at(entry, "revision") != 0) entry["revision"] = revision;
  log_.add(std::move(entry));
}

}  // namespace laneway
