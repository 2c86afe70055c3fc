#include "backend/iscsi_discovery.h"

#include "backend/iscsi_settings.h"

namespace laneway {

namespace {

IscsiErrand::Plan plan_discovery(const IscsiDiscoveryRequest& request, std::vector<SocketAddress> addresses) {
  IscsiErrand::Plan plan;
  plan.subject = fmt::format("portal {}", portal_text(request.portal));
  plan.options.kind = iscsi::SessionKind::discovery;
  plan.options.initiator_name = request.initiator_name;
  plan.options.isid = passing_isid();
  plan.options.chap = request.chap;
  plan.addresses = std::move(addresses);
  plan.timeout_ns = request.timeout_ns;
  return plan;
}

}  // namespace

IscsiDiscovery::IscsiDiscovery(Reactor& reactor, const IscsiDiscoveryRequest& request,
                               std::vector<SocketAddress> addresses)
    : IscsiErrand(reactor, plan_discovery(request, std::move(addresses))) {}

void IscsiDiscovery::begin() {
  session().request_text(iscsi::kSendTargetsAll);
  pump();
}

void IscsiDiscovery::look() {
  const auto text = session().take_text();
  if (!text) return;
  auto targets = iscsi::decode_send_targets(*text);
  if (!targets) return give_up(std::move(targets.error()));
  targets_ = std::move(*targets);
  succeed();
}

Result<std::vector<iscsi::DiscoveredTarget>> discover_targets(Reactor& reactor, const IscsiDiscoveryRequest& request) {
  auto addresses = resolve_portal(request.portal);
  if (!addresses) return pass_on(addresses);
  return run_errand<IscsiDiscovery>(
      reactor, [](IscsiDiscovery& discovery) { return discovery.targets(); }, request, std::move(*addresses));
}

}  // namespace laneway
