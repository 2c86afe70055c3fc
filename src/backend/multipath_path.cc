#include "backend/multipath_path.h"

#include <fmt/format.h>

#include <chrono>

#include "base/check.h"

namespace laneway {

LunPath::LunPath(IscsiTarget& target, const LunPathOptions& options)
    : target_(target), options_(options), is_out_(options.is_out) {}

LunPath::~LunPath() { LW_ASSERT(users_.copy().count == 0); }

std::string LunPath::describe() const {
  const std::string where = options_.portal ? " at " + portal_text(*options_.portal) : std::string();
  return fmt::format("path {} (LUN {} of target {}{})", id(), number(), target_.settings().name, where);
}

bool LunPath::is_same_unit(const LunPath& other) const {
  return number() == other.number() && target_.settings().target_name == other.target_.settings().target_name;
}

Result<void> LunPath::resolve() {
  if (!options_.portal) return target_.resolve();
  auto found = resolve_portal(*options_.portal);
  if (!found) return pass_on(found);
  addresses_.with([&found](auto& addresses) { addresses = std::move(*found); });
  return {};
}

std::vector<SocketAddress> LunPath::addresses() const {
  return options_.portal ? addresses_.copy() : target_.addresses();
}

bool LunPath::join() {
  return users_.with([](Users& users) {
    if (users.is_leaving) return false;
    ++users.count;
    return true;
  });
}

void LunPath::part() {
  users_.with([this](Users& users) {
    LW_ASSERT(users.count > 0);
    if (--users.count == 0 && users.is_leaving) is_empty_.release();
  });
}

void LunPath::leave() {
  users_.with([this](Users& users) {
    if (users.is_leaving) return;
    users.is_leaving = true;
    if (users.count == 0) is_empty_.release();
  });
}

bool LunPath::is_leaving() const {
  return users_.with([](const Users& users) { return users.is_leaving; });
}

bool LunPath::await_empty(uint64_t timeout_ns) {
  if (!is_empty_.try_acquire_for(std::chrono::nanoseconds(timeout_ns))) return false;
  is_empty_.release();
  return true;
}

}  // namespace laneway
