#pragma once
// The keeper's command line, with the defaults filled in: its own options, and the engine's behind "--". A plain value,
// made once by main and copied to the keeper. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace laneway {

struct KeeperOptions {
  std::string run_dir;
  std::string program;                 // of the engine
  std::vector<std::string> arguments;  // the engine's own
  uint32_t check_time_s = 10;          // for an upgrade's program to say whether it could serve
  LogLevel log_level = LogLevel::info;
  bool is_help_wanted = false;
  bool is_version_wanted = false;

  std::string socket_path() const { return run_dir + "/keeper.sock"; }
};

Result<KeeperOptions> parse_keeper_options(int argc, const char* const* argv);
const char* keeper_help();

}  // namespace laneway
