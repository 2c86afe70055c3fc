#pragma once
// What lanewayd was started with: directories, sockets, who may use it, and the commands that back up and restore its
// store. A plain value; main's thread.

#include <cstdint>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace laneway {

struct DaemonOptions {
  std::string run_dir;
  std::string state_dir;
  std::string engine_socket;                   // of the engine
  std::string libvirt_uri = "qemu:///system";  // "none": there are no machines here
  uint64_t cpu_overcommit = 8;
  uint64_t memory_percent = 90;
  std::string machines_dir;
  std::string images_dir;
  std::string listen;       // ADDRESS:PORT for HTTPS; empty: the unix socket only
  std::string certificate;  // PEM; made at the first start where neither is given
  std::string key;
  std::string console_dir;  // the console's files; empty: none is served
  std::string group = "laneway";
  std::string first_password_file;
  std::string backup_file;   // of --backup
  std::string restore_file;  // of --restore
  LogLevel log_level = LogLevel::info;
  std::string help;  // to be printed; empty: start

  std::string socket_path() const { return run_dir + "/lanewayd.sock"; }
  std::string store_path() const { return state_dir + "/lanewayd.db"; }
};

Result<DaemonOptions> parse_daemon_options(int argc, char** argv);

// "192.0.2.1:8443", "[::1]:8443", ":8443" for all addresses.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;
};
Result<ListenAddress> parse_listen_address(const std::string& text);

}  // namespace laneway
