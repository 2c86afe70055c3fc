#pragma once
// LibvirtHypervisor is libvirt (9.0 and later) as the Hypervisor: one connection, made anew when it is lost. Each call
// is bounded by libvirt's keep-alive, except making the connection: only the looking thread does that. Owned by the
// daemon.

#include <condition_variable>
#include <list>
#include <mutex>

#include "hypervisor/hypervisor.h"
#include "hypervisor/libvirt_console.h"
#include "hypervisor/libvirt_event_loop.h"
#include "hypervisor/libvirt_handles.h"

namespace laneway {

class LibvirtHypervisor final : public Hypervisor {
 public:
  // "qemu:///system", "qemu+unix:///session?socket=PATH"
  explicit LibvirtHypervisor(std::string uri);
  ~LibvirtHypervisor() override;

  Result<HypervisorFacts> look() override;
  void await_change(uint64_t time_ns) override;
  void wake() override;

  // libvirt_changes.cc
  Result<MachineFacts> find(const std::string& machine) override;
  Result<void> attach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) override;
  Result<void> detach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) override;
  Result<void> change(const std::string& machine, const DefinitionChange& change) override;
  Result<void> define(const MachinePlan& plan) override;
  Result<void> undefine(const std::string& machine) override;
  Result<void> set_power(const std::string& machine, PowerAction action) override;

  // libvirt_screens.cc
  Result<UniqueFd> open_serial(const std::string& machine, bool takes_over) override;
  Result<UniqueFd> open_screen(const std::string& machine) override;

 private:
  struct Named {
    ConnectionRef connection;
    DomainRef domain;
  };
  Result<Named> named(const std::string& machine) const;
  Result<void> connect();
  Result<ConnectionRef> connection() const;
  void listen(virConnect* connection);
  void drop_connection();
  std::string version_of(virConnect* connection) const;

  // Fixed after construction
  const std::string uri_;
  std::list<LibvirtConsole> consoles_;  // under mutex_; outlive the loop that calls them
  LibvirtEventLoop loop_;               // outlives the connection

  // The looking thread only
  std::string version_;
  std::vector<int> listening_;  // libvirt's numbers of what it was asked to tell

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ConnectionRef connection_;
  bool has_changed_ = false;
};

}  // namespace laneway
