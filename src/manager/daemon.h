#pragma once
// Daemon is lanewayd as a process: the store on disk, the engine's socket, the HTTP server and the control plane
// between them, opened in the order in which each needs the other and ended in the reverse. Owned by main.

#include <memory>

#include "http/server.h"
#include "hypervisor/hypervisor.h"
#include "manager/control_plane.h"
#include "manager/options.h"
#include "manager/site.h"
#include "store/sqlite_store.h"

namespace laneway {

class Daemon final : private NewsListener {
 public:
  // Serves when it returns.
  static Result<std::unique_ptr<Daemon>> start(const DaemonOptions& options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  uint16_t https_port() const { return server_->tls_port(); }
  // Of new connections; the files have changed.
  Result<void> reload_certificate() { return server_->reload_certificate(); }
  // Whether a client of the unix socket gets an answer, within a second.
  bool answers() const;
  // Writes the store to a file while it is in use.
  Result<void> back_up(const std::string& path) { return store_->back_up(path); }

 private:
  explicit Daemon(const DaemonOptions& options);
  Result<void> open(const DaemonOptions& options);
  Result<void> listen(const DaemonOptions& options);
  void news_came() override { server_->tell_news(); }

  RpcEnginePort engine_;
  SystemGroup group_;
  const std::string socket_path_;
  MonotonicClock clock_;
  WallClock wall_clock_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Hypervisor> hypervisor_;  // null: --libvirt none
  std::unique_ptr<ControlPlane> plane_;
  std::unique_ptr<Site> site_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace laneway
