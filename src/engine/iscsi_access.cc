#include "engine/iscsi_access.h"

#include "backend/iscsi_discovery.h"
#include "backend/iscsi_probe.h"

namespace laneway {

uint64_t probe_timeout_ns(const IscsiTargetSettings& settings) { return settings.login_timeout_ns + 15 * kSecond; }

Result<std::vector<iscsi::DiscoveredTarget>> IscsiAccess::discover(const IscsiTargetSettings& settings) {
  IscsiDiscoveryRequest request;
  request.portal = settings.portals.front();
  request.initiator_name = settings.initiator_name;
  request.chap = settings.chap;
  return discover_targets(reactor_, request);
}

Result<std::vector<LunFacts>> IscsiAccess::look_at_luns(IscsiTarget& target) {
  Result<IscsiTargetReport> report = probe_target(reactor_, target, probe_timeout_ns(target.settings()));
  if (!report) return pass_on(report);
  return std::move(report->luns);
}

}  // namespace laneway
