#include "engine/iscsi_access.h"

namespace laneway {

Result<std::vector<iscsi::DiscoveredTarget>> IscsiAccess::discover(const IscsiTargetSettings&) {
  (void)reactors_;
  return fail(ErrorCode::unsupported, "Discovery is not part of this build; log in to the target by name.");
}

Result<std::vector<LunFacts>> IscsiAccess::look_at_luns(IscsiTarget&) {
  return fail(ErrorCode::unsupported, "iSCSI logins are not part of this build; use another kind of disk.");
}

}  // namespace laneway
