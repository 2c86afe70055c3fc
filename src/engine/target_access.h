#pragma once
// TargetAccess is what the table of targets asks of the iSCSI back-end: to find targets at a portal, and to log in and
// look at the LUNs. Tests put fakes here. Control threads, any number at once; it blocks, bounded by the target's login
// timeout.

#include <string>
#include <vector>

#include "backend/iscsi_settings.h"
#include "backend/iscsi_target.h"
#include "backend/lun_facts.h"
#include "base/result.h"
#include "iscsi/discovery.h"

namespace laneway {

class TargetAccess {
 public:
  // Settings without a target name, with one portal.
  virtual Result<std::vector<iscsi::DiscoveredTarget>> discover(const IscsiTargetSettings& settings) = 0;
  // Proves the login and describes every LUN that the target shows us.
  virtual Result<std::vector<LunFacts>> look_at_luns(IscsiTarget& target) = 0;

 protected:
  ~TargetAccess() = default;
};

}  // namespace laneway
