// What is done to machines.
#include "hypervisor/domain_xml.h"
#include "hypervisor/libvirt_hypervisor.h"

namespace laneway {

namespace {

unsigned flags_of(DiskScope scope) {
  return (scope.is_live ? static_cast<unsigned>(VIR_DOMAIN_AFFECT_LIVE) : 0) |
         (scope.is_stored ? static_cast<unsigned>(VIR_DOMAIN_AFFECT_CONFIG) : 0);
}

const char* words_of(PowerAction action) {
  switch (action) {
    case PowerAction::start:
      return "was not started";
    case PowerAction::stop:
      return "was not asked to stop";
    case PowerAction::force_off:
      return "was not switched off";
    case PowerAction::reboot:
      return "was not asked to start anew";
    case PowerAction::pause:
      return "was not paused";
    case PowerAction::resume:
      break;
  }
  return "does not go on";
}

int act(virDomain* domain, PowerAction action) {
  switch (action) {
    case PowerAction::start:
      return virDomainCreate(domain);
    case PowerAction::stop:
      return virDomainShutdown(domain);
    case PowerAction::force_off:
      return virDomainDestroy(domain);
    case PowerAction::reboot:
      return virDomainReboot(domain, 0);
    case PowerAction::pause:
      return virDomainSuspend(domain);
    case PowerAction::resume:
      break;
  }
  return virDomainResume(domain);
}

}  // namespace

Result<LibvirtHypervisor::Named> LibvirtHypervisor::named(const std::string& machine) const {
  Result<ConnectionRef> connection = this->connection();
  if (!connection) return pass_on(connection);
  Named named{std::move(*connection), nullptr};
  named.domain.reset(virDomainLookupByName(named.connection.get(), machine.c_str()));
  if (named.domain == nullptr) return libvirt_failure(fmt::format("Machine '{}' was not found", machine));
  return named;
}

Result<void> LibvirtHypervisor::attach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  if (virDomainAttachDeviceFlags(found->domain.get(), disk_xml(disk).c_str(), flags_of(scope)) == 0) return {};
  return libvirt_failure(fmt::format("Machine '{}' was not given the disk {}", machine, disk.target));
}

Result<void> LibvirtHypervisor::detach(const std::string& machine, const FunctionDisk& disk, DiskScope scope) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  if (virDomainDetachDeviceFlags(found->domain.get(), disk_xml(disk).c_str(), flags_of(scope)) == 0) return {};
  return libvirt_failure(fmt::format("Machine '{}' keeps its disk {}", machine, disk.target));
}

Result<void> LibvirtHypervisor::change(const std::string& machine, const DefinitionChange& change) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  const std::string failed = fmt::format("Machine '{}' was not changed", machine);
  if (change.is_autostarted && virDomainSetAutostart(found->domain.get(), *change.is_autostarted ? 1 : 0) != 0) {
    return libvirt_failure(failed);
  }
  if (change.memory_now_bytes) {
    const unsigned long kib = *change.memory_now_bytes / 1024;
    if (virDomainSetMemoryFlags(found->domain.get(), kib, VIR_DOMAIN_AFFECT_LIVE) != 0) return libvirt_failure(failed);
  }
  if (!change.cpus && !change.memory_bytes && !change.makes_memory_shared) return {};
  // With its passwords, which would be lost otherwise.
  const LibvirtText xml(virDomainGetXMLDesc(found->domain.get(), VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE));
  if (xml == nullptr) return libvirt_failure(failed);
  Result<std::string> changed = changed_domain(xml.get(), change);
  if (!changed) return pass_on(changed);
  const DomainRef defined(virDomainDefineXML(found->connection.get(), changed->c_str()));
  return defined != nullptr ? Result<void>() : libvirt_failure(failed);
}

Result<void> LibvirtHypervisor::define(const MachinePlan& plan) {
  Result<ConnectionRef> connection = this->connection();
  if (!connection) return pass_on(connection);
  const DomainRef known(virDomainLookupByName(connection->get(), plan.name.c_str()));
  if (known != nullptr)
    return fail(ErrorCode::already_exists, "There is a machine '{}' already; choose another name.", plan.name);
  const DomainRef defined(virDomainDefineXML(connection->get(), new_domain(plan).c_str()));
  return defined != nullptr ? Result<void>() : libvirt_failure(fmt::format("Machine '{}' was not defined", plan.name));
}

Result<void> LibvirtHypervisor::undefine(const std::string& machine) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  constexpr unsigned kAll = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                            VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
  if (virDomainUndefineFlags(found->domain.get(), kAll) == 0) return {};
  return libvirt_failure(fmt::format("Machine '{}' was not deleted", machine));
}

Result<void> LibvirtHypervisor::set_power(const std::string& machine, PowerAction action) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  if (act(found->domain.get(), action) == 0) return {};
  return libvirt_failure(fmt::format("Machine '{}' {}", machine, words_of(action)));
}

}  // namespace laneway
