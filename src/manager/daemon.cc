#include "manager/daemon.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "http/certificate.h"
#include "http/client.h"
#include "hypervisor/libvirt_hypervisor.h"

namespace laneway {

namespace {

constexpr uint32_t kEngineThreads = 8;  // looks at targets that do not answer leave some for others

Result<void> make_directory(const std::string& path, std::filesystem::perms permissions) {
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(path, error);
  if (!error && is_new) std::filesystem::permissions(path, permissions, error);
  if (!error) return {};
  return fail(ErrorCode::io, "{} could not be made: {}; make it, or name another with --state-dir or --run-dir.", path,
              error.message());
}

}  // namespace

Daemon::Daemon(const DaemonOptions& options)
    : engine_(options.engine_socket), group_(options.group), socket_path_(options.socket_path()) {}

// Clients first: nothing is asked for while the rest ends. What ends last may still tell the server its news.
Daemon::~Daemon() {
  if (server_ != nullptr) server_->stop();
  plane_.reset();
  server_.reset();
}

Result<std::unique_ptr<Daemon>> Daemon::start(const DaemonOptions& options) {
  auto daemon = std::unique_ptr<Daemon>(new Daemon(options));
  if (Result<void> opened = daemon->open(options); !opened) return pass_on(opened);
  if (Result<void> listening = daemon->listen(options); !listening) return pass_on(listening);
  daemon->plane_->news().listen(daemon.get());
  daemon->plane_->start();
  return daemon;
}

Result<void> Daemon::open(const DaemonOptions& options) {
  using std::filesystem::perms;
  if (Result<void> made = make_directory(options.state_dir, perms::owner_all); !made) return made;
  const perms open_to_all =
      perms::owner_all | perms::group_read | perms::group_exec | perms::others_read | perms::others_exec;
  if (Result<void> made = make_directory(options.run_dir, open_to_all); !made) return made;
  Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open({.path = options.store_path()});
  if (!store) return pass_on(store);
  store_ = std::move(*store);
  // Entered, and not read, by QEMU's user.
  const perms entered = perms::owner_all | perms::group_exec | perms::others_exec;
  if (Result<void> made = make_directory(options.machines_dir, entered); !made) return made;
  if (options.libvirt_uri != "none") hypervisor_ = std::make_unique<LibvirtHypervisor>(options.libvirt_uri);
  Result<std::unique_ptr<ControlPlane>> plane = ControlPlane::open(
      {*store_, engine_, group_, clock_, wall_clock_, PasswordHash::Cost{}, HostRoots{}, hypervisor_.get(),
       HostLimits{options.cpu_overcommit, options.memory_percent}, options.machines_dir, options.images_dir});
  if (!plane) return pass_on(plane);
  plane_ = std::move(*plane);
  Result<std::unique_ptr<Site>> site = Site::open(plane_->api(), options.console_dir);
  if (!site) return pass_on(site);
  site_ = std::move(*site);
  return plane_->make_first_user(options.first_password_file);
}

bool Daemon::answers() const {
  HttpClientOptions options{.unix_path = socket_path_};
  options.time_limit_ns = kSecond;
  Result<std::unique_ptr<HttpClient>> client = HttpClient::connect(options);
  return client && (*client)->get("/api/v1/openapi.json").has_value();
}

Result<void> Daemon::listen(const DaemonOptions& options) {
  HttpServerOptions server;
  server.unix_path = options.socket_path();
  server.pools.engine_threads = kEngineThreads;
  server.unix_mode = group_.gid() ? 0660 : 0600;
  if (!options.listen.empty()) {
    Result<ListenAddress> address = parse_listen_address(options.listen);
    if (!address) return pass_on(address);
    if (Result<void> made = ensure_certificate({options.certificate, options.key}, own_names()); !made) return made;
    server.tls = HttpTls{address->address, address->port, options.certificate, options.key};
  }
  Result<std::unique_ptr<HttpServer>> started = HttpServer::start(server, *site_);
  if (!started) return pass_on(started);
  server_ = std::move(*started);
  if (group_.gid() && ::lchown(server.unix_path.c_str(), static_cast<uid_t>(-1), *group_.gid()) != 0) {
    log_warning("{} stays closed to the group {}: {}", server.unix_path, options.group, errno_text(errno));
  }
  return {};
}

}  // namespace laneway
