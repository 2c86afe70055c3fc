#pragma once
// The engine's command line, with the defaults filled in. A plain value, made once by main and copied to whoever needs
// a part of it. Any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/units.h"
#include "frontend/vhost_blk_options.h"

namespace laneway {

struct EngineOptions {
  std::string state_dir;
  std::string run_dir;
  std::string rpc_socket;
  std::string keeper_socket;  // empty: nothing outlives this engine
  uint32_t reactors = 1;
  std::vector<uint32_t> cpus;  // empty: reactors are not pinned
  uint64_t spin_ns = 50 * kMicrosecond;
  std::string initiator_name;  // empty: see initiator_name.h
  LogLevel log_level = LogLevel::info;
  std::vector<std::string> data_dirs;  // where functions' files and sockets may be; empty: anywhere but system folders
  TraceOptions trace;
  uint64_t slow_target_ns = 20 * kMillisecond;  // a target that is slower than this for a while is told of
  bool wants_lockdown = true;
  bool is_help_wanted = false;
  bool is_version_wanted = false;
};

// With the defaults filled in.
Result<EngineOptions> parse_engine_options(int argc, char** argv);
const char* engine_help();

}  // namespace laneway
