#include "rpc/default_paths.h"

#include <unistd.h>

#include <cstdlib>

namespace laneway {

namespace {

// The XDG specification: relative paths and empty values count as absent.
std::string absolute_from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] == '/' ? std::string(value) : std::string();
}

}  // namespace

Result<std::string> default_state_dir() {
  if (::geteuid() == 0) return std::string("/var/lib/laneway");
  if (const std::string base = absolute_from_environment("XDG_STATE_HOME"); !base.empty()) return base + "/laneway";
  if (const std::string home = absolute_from_environment("HOME"); !home.empty()) return home + "/.local/state/laneway";
  return fail(ErrorCode::invalid_argument, "Neither XDG_STATE_HOME nor HOME is set; give --state-dir.");
}

Result<std::string> default_run_dir() {
  if (::geteuid() == 0) return std::string("/run/laneway");
  if (const std::string base = absolute_from_environment("XDG_RUNTIME_DIR"); !base.empty()) return base + "/laneway";
  return fail(ErrorCode::invalid_argument,
              "XDG_RUNTIME_DIR is not set, so there is no default run directory; give --run-dir to the engine and "
              "--socket to laneway.");
}

std::string rpc_socket_in(const std::string& run_dir) { return run_dir + "/engine.sock"; }

}  // namespace laneway
