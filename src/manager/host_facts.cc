#include "manager/host_facts.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "manager/wall_clock.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace laneway {

namespace {

namespace fs = std::filesystem;

constexpr size_t kFileMaxBytes = 64 << 10;
constexpr size_t kAdaptersMax = 1'024;

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::string text(kFileMaxBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
  return text;
}

std::optional<int64_t> number_in(const std::string& path) {
  const std::string text = content_of(path);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty()) return std::nullopt;
  return number;
}

// The figure of a line such as "MemTotal:   16 kB" or "btime 12".
uint64_t figure_of(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const size_t digit = line.find_first_of("0123456789", name.size());
    uint64_t number = 0;
    if (digit != std::string::npos) (void)std::from_chars(line.data() + digit, line.data() + line.size(), number);
    return number;
  }
  return 0;
}

std::string link_name(const std::string& path) {
  std::error_code none;
  const fs::path target = fs::read_symlink(path, none);
  return none ? "" : target.filename().string();
}

Json engine_part(const EngineView& view) {
  Json engine = {{"state", view.is_up ? "running" : "unreachable"}, {"reason", view.reason}};
  for (const char* field : {"version", "pid", "initiator_name", "functions_serving", "functions_failed",
                            "functions_attached", "targets", "has_keeper"}) {
    if (const Json& value = member(view.status, field); !value.is_null()) engine[field] = value;
  }
  if (view.is_up) {
    engine["reactors"] = member(view.status, "reactors").size();
    engine["is_confined"] = flag_at(member(view.status, "lockdown"), "confined");
  }
  return engine;
}

Resource measured(Kind kind, const std::string& name) {
  Resource resource;
  resource.kind = kind;
  resource.name = name;
  resource.uid = name;
  resource.created_at = utc_text(0);
  return resource;
}

Json adapter_status(const std::string& folder) {
  const std::string device = folder + "/device";
  Json status = {{"state", content_of(folder + "/operstate")},
                 {"driver", link_name(device + "/driver")},
                 {"address", content_of(folder + "/address")},
                 {"is_virtual", !fs::exists(device)}};
  if (status["state"] == "") status["state"] = "unknown";
  const std::string bus_address = link_name(device);
  if (!bus_address.empty()) status["bus_address"] = bus_address;
  if (const auto mtu = number_in(folder + "/mtu")) status["mtu"] = *mtu;
  // -1, or an error, where there is no link.
  if (const auto speed = number_in(folder + "/speed"); speed && *speed > 0) status["speed_mbit"] = *speed;
  if (const auto node = number_in(device + "/numa_node")) status["numa_node"] = *node;
  const auto total = number_in(device + "/sriov_totalvfs");
  if (total) status["sriov"] = {{"total", *total}, {"enabled", number_in(device + "/sriov_numvfs").value_or(0)}};
  return status;
}

}  // namespace

// The device alone says little: where the processor has no such instructions, what uses it fails or crawls.
bool has_kvm(const HostRoots& roots) {
  if (::access((roots.prefix + "/dev/kvm").c_str(), R_OK | W_OK) != 0) return false;
  const std::string processor = content_of(roots.prefix + "/proc/cpuinfo");
  const size_t flags = processor.find("\nflags");
  if (flags == std::string::npos) return !processor.empty();  // not an x86
  const std::string line = processor.substr(flags + 1, processor.find('\n', flags + 1) - flags - 1) + " ";
  return line.find(" vmx ") != std::string::npos || line.find(" svm ") != std::string::npos;
}

Resource host_of(const HostRoots& roots, const EngineView& view) {
  utsname names{};
  (void)::uname(&names);
  Resource host = measured(Kind::host, names.nodename);
  host.uid = content_of(roots.prefix + "/etc/machine-id");
  if (host.uid.empty()) host.uid = host.name;
  const std::string memory = content_of(roots.prefix + "/proc/meminfo");
  const uint64_t boot_s = figure_of(content_of(roots.prefix + "/proc/stat"), "btime ");
  host.created_at = utc_text(0);
  host.status = {{"state", view.is_up ? "ready" : "degraded"},
                 {"reason", view.reason},
                 {"version", LANEWAY_VERSION},
                 {"kernel", names.release},
                 {"machine", names.machine},
                 {"cpus", std::max(std::thread::hardware_concurrency(), 1u)},
                 {"memory_bytes", figure_of(memory, "MemTotal:") * 1024},
                 // In steps, so that it is no news every time.
                 {"memory_available_bytes", figure_of(memory, "MemAvailable:") * 1024 / (64 << 20) * (64 << 20)},
                 {"boot_time", utc_text(boot_s * 1000)},
                 {"has_kvm", has_kvm(roots)},
                 {"engine", engine_part(view)}};
  return host;
}

std::vector<Resource> adapters_of(const HostRoots& roots) {
  std::vector<Resource> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(roots.prefix + "/sys/class/net", none)) {
    const std::string name = entry.path().filename().string();
    const bool is_interface = fs::is_directory(entry.path(), none) && name != "lo";
    if (!is_interface || out.size() == kAdaptersMax) continue;
    Resource adapter = measured(Kind::adapter, name);
    adapter.status = adapter_status(entry.path().string());
    out.push_back(std::move(adapter));
  }
  return out;
}

}  // namespace laneway
