#pragma once
// FakeAccess is a world of iSCSI targets for the table of targets: tests say what discovery finds, which LUNs a login
// sees, and what fails. Control threads of a test.

#include <optional>
#include <vector>

#include "engine/target_access.h"

namespace laneway {

class FakeAccess final : public TargetAccess {
 public:
  std::vector<iscsi::DiscoveredTarget> targets;
  std::vector<LunFacts> luns;
  std::optional<Error> error;  // of every call
  IscsiTargetSettings last_settings;

  Result<std::vector<iscsi::DiscoveredTarget>> discover(const IscsiTargetSettings& settings) override {
    last_settings = settings;
    if (error) return tl::unexpected<Error>(*error);
    return targets;
  }
  Result<std::vector<LunFacts>> look_at_luns(IscsiTarget& target) override {
    last_settings = target.settings();
    if (error) return tl::unexpected<Error>(*error);
    return luns;
  }
};

}  // namespace laneway
