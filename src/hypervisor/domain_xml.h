#pragma once
// Libvirt's domain XML as values: what a machine has, read from its description. Free functions over text that comes
// from libvirt, and so from whoever defined the machine: what is missing is empty, nothing is trusted. Any thread.

#include "base/result.h"
#include "hypervisor/hypervisor.h"

namespace laneway {

constexpr size_t kDomainXmlMaxBytes = 4 << 20;
constexpr size_t kDomainDisksMax = 1'024;

Result<MachineForm> read_domain(std::string_view xml);

// The element of a disk on a function's socket.
std::string disk_xml(const FunctionDisk& disk);
std::string new_domain(const MachinePlan& plan);
// The definition with what is to be another in it; the rest stays as it is. Not its autostart, which is no part of it.
Result<std::string> changed_domain(std::string_view xml, const DefinitionChange& change);

}  // namespace laneway
