#include "manager/options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "rpc/default_paths.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace laneway {

namespace {

Result<void> fill_in(DaemonOptions& options) {
  if (options.run_dir.empty()) {
    Result<std::string> run_dir = default_run_dir();
    if (!run_dir) return pass_on(run_dir);
    options.run_dir = *run_dir;
  }
  if (options.state_dir.empty()) {
    Result<std::string> state_dir = default_state_dir();
    if (!state_dir) return pass_on(state_dir);
    options.state_dir = *state_dir;
  }
  if (options.engine_socket.empty()) options.engine_socket = rpc_socket_in(options.run_dir);
  if (options.machines_dir.empty()) options.machines_dir = options.state_dir + "-machines";
  if (options.images_dir.empty()) options.images_dir = options.state_dir + "-images";
  if (options.first_password_file.empty()) options.first_password_file = options.state_dir + "/first-password";
  if (options.certificate.empty() != options.key.empty()) {
    return fail(ErrorCode::invalid_argument, "--certificate and --key belong together; give both or none.");
  }
  if (options.certificate.empty()) {
    options.certificate = options.state_dir + "/certificate.pem";
    options.key = options.state_dir + "/key.pem";
  }
  return {};
}

void declare(CLI::App& app, DaemonOptions& options) {
  const std::map<std::string, LogLevel> levels = {
      {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};
  app.set_version_flag("--version", std::string("lanewayd ") + LANEWAY_VERSION);
  app.add_option("--run-dir", options.run_dir, "sockets: RUN_DIR/lanewayd.sock, and the engine's beside it");
  app.add_option("--state-dir", options.state_dir, "the store: STATE_DIR/lanewayd.db");
  app.add_option("--engine", options.engine_socket, "the engine's socket (default RUN_DIR/engine.sock)");
  app.add_option("--libvirt", options.libvirt_uri, "the URI of libvirt, or none")->capture_default_str();
  app.add_option("--machines-dir", options.machines_dir,
                 "files of machines, which QEMU reads (default STATE_DIR-machines)");
  app.add_option("--images-dir", options.images_dir, "images that volumes can be made of (default STATE_DIR-images)");
  app.add_option("--cpu-overcommit", options.cpu_overcommit, "virtual processors of machines for each of the host's")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--memory-percent", options.memory_percent, "of the host's memory, that machines may have together")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--listen", options.listen, "ADDRESS:PORT for HTTPS (default: the unix socket only)");
  app.add_option("--certificate", options.certificate, "PEM, with its chain (default: one of our own, made once)");
  app.add_option("--key", options.key, "its private key, PEM");
  app.add_option("--console", options.console_dir, "directory of the web console's files (default: no console)");
  app.add_option("--group", options.group, "whose members are administrators on the unix socket")
      ->capture_default_str();
  app.add_option("--first-password-file", options.first_password_file,
                 "where the first user's one-time password is put (default STATE_DIR/first-password)");
  auto* backup = app.add_option("--backup", options.backup_file, "copies the store to this file and ends");
  app.add_option("--restore", options.restore_file, "puts this copy in the store's place and ends")->excludes(backup);
  app.add_option("--log-level", options.log_level, "debug, info, warning, error")->transform(CLI::Transformer(levels));
}

}  // namespace

Result<DaemonOptions> parse_daemon_options(int argc, char** argv) {
  DaemonOptions options;
  CLI::App app{"lanewayd: the control plane of a Laneway host, an HTTP API under /api/v1."};
  declare(app, options);
  // CLI11 reports by exceptions.
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
    return options;
  } catch (const CLI::CallForVersion& version) {
    options.help = std::string(version.what()) + "\n";
    return options;
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::invalid_argument, "{}; see lanewayd --help.", error.what());
  }
  if (Result<void> filled = fill_in(options); !filled) return pass_on(filled);
  return options;
}

Result<ListenAddress> parse_listen_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  ListenAddress out;
  const char* const end = text.data() + text.size();
  const bool has_port = colon != std::string::npos && colon + 1 < text.size();
  const auto [stop, error] = has_port ? std::from_chars(text.data() + colon + 1, end, out.port)
                                      : std::from_chars_result{end, std::errc::invalid_argument};
  if (error != std::errc() || stop != end) {
    return fail(ErrorCode::invalid_argument, "--listen is '{}'; give ADDRESS:PORT, such as 192.0.2.1:8443 or :8443.",
                text);
  }
  out.address = text.substr(0, colon);
  if (out.address.starts_with('[') && out.address.ends_with(']'))
    out.address = out.address.substr(1, out.address.size() - 2);
  return out;
}

}  // namespace laneway
