#pragma once
// FakeHypervisor is a hypervisor for tests of the control plane: machines are put into it, it does to them what it is
// asked for, and it refuses or goes away when told to. Any thread.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>

#include "hypervisor/hypervisor.h"

namespace laneway {

class FakeHypervisor final : public Hypervisor {
 public:
  Result<HypervisorFacts> look() override;
  void await_change(uint64_t time_ns) override;
  void wake() override;
  Result<MachineFacts> find(const std::string& machine) override;
  Result<void> attach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) override;
  Result<void> detach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) override;
  Result<void> change(const std::string& machine, const DefinitionChange& change) override;
  Result<void> define(const MachinePlan& plan) override;
  Result<void> undefine(const std::string& machine) override;
  Result<void> set_power(const std::string& machine, PowerAction action) override;
  // A socket whose other end nobody has.
  Result<UniqueFd> open_serial(const std::string& machine, bool takes_over) override;
  Result<UniqueFd> open_screen(const std::string& machine) override;

  // In place of one of that name.
  void put(const MachineFacts& machine);
  void remove(const std::string& name);
  // Every call fails so; nothing: it works again.
  void fail_with(std::optional<Error> error);
  // As guests that do not give up a disk, or do not stop.
  void set_stubborn(bool keeps_disks, bool ignores_stop);
  // Looks do not return until it is over.
  void hang(bool is_hanging);
  // Returns when a look is in it.
  void await_hung_look();

 private:
  // With mutex_ held.
  MachineFacts* known(const std::string& name);
  Result<MachineFacts*> reach(const std::string& name);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<MachineFacts> machines_;
  std::optional<Error> error_;
  std::set<std::string> busy_consoles_;
  bool keeps_disks_ = false;
  bool ignores_stop_ = false;
  bool is_hanging_ = false;
  bool has_hung_look_ = false;
  bool has_changed_ = false;
};

// A machine that runs, as it is defined: a disk on that socket where one is given.
MachineFacts running_machine(const std::string& name, const std::string& socket_path = "");

}  // namespace laneway
