#pragma once
// IscsiAccess is the real TargetAccess: discovery and looks at LUNs by short sessions of the iSCSI back-end on a
// reactor that does no I/O for functions. Owned by the engine; control threads, any number at once.

#include "engine/target_access.h"
#include "reactor/reactor.h"

namespace laneway {

// How long a probe may take: its login and the commands after it.
uint64_t probe_timeout_ns(const IscsiTargetSettings& settings);

class IscsiAccess final : public TargetAccess {
 public:
  explicit IscsiAccess(Reactor& reactor) : reactor_(reactor) {}

  Result<std::vector<iscsi::DiscoveredTarget>> discover(const IscsiTargetSettings& settings) override;
  Result<std::vector<LunFacts>> look_at_luns(IscsiTarget& target) override;

 private:
  // Fixed after construction
  Reactor& reactor_;
};

}  // namespace laneway
