#pragma once
// IscsiAccess is the real TargetAccess: discovery and looks at LUNs by short sessions of the iSCSI back-end on a
// reactor. Owned by the engine; control threads, any number at once.

#include "engine/reactor_pool.h"
#include "engine/target_access.h"

namespace laneway {

// How long a probe may take: its login and the commands after it.
uint64_t probe_timeout_ns(const IscsiTargetSettings& settings);

class IscsiAccess final : public TargetAccess {
 public:
  explicit IscsiAccess(ReactorPool& reactors) : reactors_(reactors) {}

  Result<std::vector<iscsi::DiscoveredTarget>> discover(const IscsiTargetSettings& settings) override;
  Result<std::vector<LunFacts>> look_at_luns(IscsiTarget& target) override;

 private:
  // Fixed after construction
  ReactorPool& reactors_;
};

}  // namespace laneway
