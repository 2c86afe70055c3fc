#pragma once
// Who this engine is to iSCSI targets: the name given on the command line, else the host's own, else one that is made
// once and kept in the state file. Called once at start-up.

#include <string>
#include <string_view>

#include "engine/state_store.h"

namespace laneway {

// `own` is the one given, or the host's; empty where there is neither.
Result<std::string> choose_initiator_name(const std::string& own, StateStore& store);

// The host's own, in that file; empty where there is none that can be used.
std::string initiator_name_of_host(const std::string& host_file);

// The name in the text of /etc/iscsi/initiatorname.iscsi ("InitiatorName=iqn...."); empty where there is none.
std::string initiator_name_in(std::string_view text);

}  // namespace laneway
