#pragma once
// Where an engine keeps its files unless told otherwise, the same for the engine and its clients: for root the system's
// directories, for others those of the user (XDG base directories). Reads the environment; control threads.

#include <string>

#include "base/result.h"

namespace laneway {

// /var/lib/laneway, or $XDG_STATE_HOME/laneway (default ~/.local/state/laneway).
Result<std::string> default_state_dir();
// /run/laneway, or $XDG_RUNTIME_DIR/laneway.
Result<std::string> default_run_dir();
std::string rpc_socket_in(const std::string& run_dir);

}  // namespace laneway
