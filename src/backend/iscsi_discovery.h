#pragma once
// Asking a portal for the targets it offers (SendTargets). The class works on a reactor; the function is for control
// threads and waits.

#include "backend/iscsi_errand.h"
#include "iscsi/discovery.h"

namespace laneway {

struct IscsiDiscoveryRequest {
  IscsiPortal portal;
  std::string initiator_name;
  iscsi::ChapOptions chap;
  uint64_t timeout_ns = 30 * kSecond;
};

class IscsiDiscovery final : public IscsiErrand {
 public:
  IscsiDiscovery(Reactor& reactor, const IscsiDiscoveryRequest& request, std::vector<SocketAddress> addresses);
  const std::vector<iscsi::DiscoveredTarget>& targets() const { return targets_; }

 private:
  void begin() override;
  void look() override;
  void stop() override {}

  // Home reactor only
  std::vector<iscsi::DiscoveredTarget> targets_;
};

Result<std::vector<iscsi::DiscoveredTarget>> discover_targets(Reactor& reactor, const IscsiDiscoveryRequest& request);

}  // namespace laneway
