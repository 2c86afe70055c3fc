#include "manager/machine_status.h"

#include <algorithm>

#include "manager/wall_clock.h"

namespace laneway {

namespace {

constexpr uint64_t kRevisionMask = (uint64_t{1} << 52) - 1;  // what every client's numbers hold

// Changes when the definition does.
uint64_t revision_of(const Json& spec) { return std::hash<std::string>()(to_line(spec)) & kRevisionMask; }

std::string function_at(const MachineDisk& disk, const FunctionSockets& sockets) {
  const auto found = disk.kind == "vhostuser" ? sockets.find(disk.source) : sockets.end();
  return found == sockets.end() ? "" : found->second;
}

Json disk_document(const MachineDisk& disk, const FunctionSockets& sockets) {
  Json document = {{"target", disk.target}, {"bus", disk.bus},      {"kind", disk.kind},
                   {"source", disk.source}, {"live", disk.is_live}, {"stored", disk.is_stored}};
  const std::string function = function_at(disk, sockets);
  if (!function.empty()) document["function"] = function;
  return document;
}

bool has_function(const Resource& machine, std::string_view function) {
  const Json& disks = member(machine.status, "disks");
  return std::any_of(disks.begin(), disks.end(),
                     [&](const Json& disk) { return text_at(disk, "function") == function; });
}

}  // namespace

FunctionSockets function_sockets(const Catalog& catalog) {
  FunctionSockets sockets;
  for (const Resource& function : catalog.all(Kind::function)) {
    const std::string path = text_at(function.status, "socket_path", text_at(function.spec, "socket_path"));
    if (!path.empty()) sockets[path] = function.name;
  }
  return sockets;
}

Resource machine_of(const MachineFacts& facts, const FunctionSockets& sockets) {
  Resource machine;
  machine.kind = Kind::machine;
  machine.name = facts.now.name;
  machine.uid = facts.now.uuid;
  machine.generation = 1;
  machine.created_at = utc_text(0);
  Json functions = Json::array();
  Json disks = Json::array();
  for (const MachineDisk& disk : disks_of(facts)) {
    disks.push_back(disk_document(disk, sockets));
    const std::string function = function_at(disk, sockets);
    if (disk.is_stored && !function.empty()) functions.push_back(function);
  }
  machine.spec = {{"cpus", facts.stored.cpus},
                  {"memory_bytes", facts.stored.memory_bytes},
                  {"shared_memory", facts.stored.is_memory_shared},
                  {"autostart", facts.is_autostarted},
                  {"functions", std::move(functions)}};
  machine.revision = revision_of(machine.spec);
  machine.status = {{"state", power_name(facts.power)},
                    {"reason", ""},
                    {"is_persistent", facts.is_persistent},
                    {"cpus", facts.now.cpus},
                    {"memory_bytes", facts.now.memory_bytes},
                    {"memory_now_bytes", is_on(facts.power) ? facts.now.memory_now_bytes : 0},
                    {"accelerator", facts.now.accelerator},
                    {"shared_memory", facts.now.is_memory_shared},
                    {"has_serial", facts.now.has_serial},
                    {"has_screen", facts.now.has_screen},
                    {"disks", std::move(disks)}};
  return machine;
}

Json unknown_status(const Resource& machine, std::string_view reason) {
  Json status = machine.status;
  status["state"] = power_name(MachinePower::unknown);
  status["reason"] = reason;
  return status;
}

Json machines_total(const std::vector<Resource>& machines) {
  uint64_t running = 0;
  uint64_t cpus = 0;
  uint64_t memory = 0;
  for (const Resource& machine : machines) {
    const std::string state = text_at(machine.status, "state");
    if (state == "stopped" || state == "crashed" || state == "unknown") continue;
    ++running;
    cpus += number_at(machine.status, "cpus");
    memory += number_at(machine.status, "memory_bytes");
  }
  return {{"total", machines.size()}, {"running", running}, {"cpus", cpus}, {"memory_bytes", memory}};
}

std::vector<std::string> machines_with_function(std::string_view function, const Catalog& catalog) {
  std::vector<std::string> names;
  for (const Resource& machine : catalog.all(Kind::machine)) {
    if (has_function(machine, function)) names.push_back(machine.name);
  }
  return names;
}

}  // namespace laneway
