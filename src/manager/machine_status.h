#pragma once
// A machine of the hypervisor as a resource of the API: its definition is its spec, what it is now its status; disks on
// sockets of the engine are told by the functions' names. Free functions over plain values. Any thread.

#include <map>
#include <string>

#include "hypervisor/machine_facts.h"
#include "manager/catalog.h"

namespace laneway {

// Names of functions by the paths of their sockets.
using FunctionSockets = std::map<std::string, std::string, std::less<>>;
FunctionSockets function_sockets(const Catalog& catalog);

Resource machine_of(const MachineFacts& facts, const FunctionSockets& sockets);
// Of one that nothing is known of now: as it was last, but for its state.
Json unknown_status(const Resource& machine, std::string_view reason);
// What all of them take of the host.
Json machines_total(const std::vector<Resource>& machines);

// Names of the machines that have this function among their disks, live or stored.
std::vector<std::string> machines_with_function(std::string_view function, const Catalog& catalog);

}  // namespace laneway
