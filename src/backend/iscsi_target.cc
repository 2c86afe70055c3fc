#include "backend/iscsi_target.h"

#include <algorithm>

#include "base/check.h"

namespace laneway {

namespace {

constexpr size_t kRedirectNamesMax = 16;  // a target may name as many as it likes; the oldest is forgotten

}  // namespace

IscsiTarget::~IscsiTarget() { LW_ASSERT(meters_.copy().empty() && sessions_.copy() == 0); }

Result<void> IscsiTarget::resolve() {
  resolve_redirects();
  std::vector<SocketAddress> found;
  Error last{ErrorCode::invalid_argument, "target " + settings_.name + " has no portal; give one"};
  for (const IscsiPortal& portal : settings_.portals) {
    auto addresses = resolve_portal(portal);
    if (addresses) {
      found.insert(found.end(), addresses->begin(), addresses->end());
    } else {
      last = std::move(addresses.error());
    }
  }
  if (found.empty()) return tl::unexpected<Error>(std::move(last));
  addresses_.with([&found](auto& addresses) { addresses = std::move(found); });
  return {};
}

void IscsiTarget::resolve_redirects() {
  for (RedirectName& each : redirects_.copy()) {
    auto addresses = resolve_portal(each.portal);
    if (!addresses) continue;
    redirects_.with([&](auto& known) {
      const auto found = std::find_if(known.begin(), known.end(), [&](auto& one) { return one.portal == each.portal; });
      if (found != known.end()) found->addresses = std::move(*addresses);
    });
  }
}

Result<SocketAddress> IscsiTarget::find_redirect(const IscsiPortal& portal) {
  auto numeric = numeric_address(portal);
  if (numeric) return numeric;
  return redirects_.with([&](auto& known) -> Result<SocketAddress> {
    const auto found = std::find_if(known.begin(), known.end(), [&](auto& one) { return one.portal == portal; });
    if (found != known.end() && !found->addresses.empty()) return found->addresses.front();
    if (found == known.end()) {
      if (known.size() == kRedirectNamesMax) known.erase(known.begin());
      known.push_back({portal, {}});
    }
    return fail(ErrorCode::unreachable, "the address of {} is not known yet", portal_text(portal));
  });
}

bool IscsiTarget::wants_name() const {
  return redirects_.with([](const auto& known) {
    return std::any_of(known.begin(), known.end(), [](const RedirectName& each) { return each.addresses.empty(); });
  });
}

bool IscsiTarget::take_session() {
  return sessions_.with([this](uint32_t& taken) {
    if (taken >= settings_.sessions_max) return false;
    ++taken;
    return true;
  });
}

void IscsiTarget::give_back_session() {
  sessions_.with([](uint32_t& taken) {
    LW_ASSERT(taken > 0);
    --taken;
  });
}

Result<void> IscsiTarget::enlist(const IscsiMeter& meter) {
  const IscsiSessionReport entering = meter.report();
  return meters_.with([&](auto& meters) -> Result<void> {
    for (const IscsiMeter* other : meters) {
      const IscsiSessionReport report = other->report();
      if (report.isid != entering.isid) continue;
      return fail(ErrorCode::in_use,
                  "functions {} and {} come out at the same session identifier on target {}; rename one",
                  report.function, entering.function, settings_.name);
    }
    meters.push_back(&meter);
    return {};
  });
}

void IscsiTarget::delist(const IscsiMeter& meter) {
  meters_.with([&meter](auto& meters) { std::erase(meters, &meter); });
}

std::vector<IscsiSessionReport> IscsiTarget::sessions() const {
  return meters_.with([](const auto& meters) {
    std::vector<IscsiSessionReport> reports;
    reports.reserve(meters.size());
    for (const IscsiMeter* meter : meters) reports.push_back(meter->report());
    return reports;
  });
}

}  // namespace laneway
