#pragma once
// Discovery of targets: what to ask for in a discovery session (Session::request_text) and how to read the answer
// (RFC 7143 Appendix C). Free functions over bytes of the target; bounded. Any thread.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace laneway::iscsi {

constexpr std::string_view kSendTargetsAll{"SendTargets=All\0", 16};
constexpr size_t kDiscoveredTargetsMax = 4096;
constexpr size_t kDiscoveredPortalsMax = 64;  // a target

struct DiscoveredPortal {
  std::string host;  // a name or an address, without brackets; empty: where the discovery session went
  uint16_t port = 3260;
  uint16_t portal_group_tag = 0;
  friend bool operator==(const DiscoveredPortal&, const DiscoveredPortal&) = default;
};

struct DiscoveredTarget {
  std::string name;
  std::vector<DiscoveredPortal> portals;  // empty: the portal that was asked
};

// The targets of a SendTargets answer, in the order of the answer.
Result<std::vector<DiscoveredTarget>> decode_send_targets(std::string_view text);

// "host[:port][,group]" of TargetAddress; IPv6 addresses in brackets (RFC 7143 13.8).
Result<DiscoveredPortal> decode_target_address(std::string_view text);

}  // namespace laneway::iscsi
