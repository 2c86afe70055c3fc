// Consoles and screens of machines.
#include <sys/socket.h>

#include "hypervisor/libvirt_hypervisor.h"

namespace laneway {

namespace {

constexpr size_t kConsolesMax = 256;

}  // namespace

Result<UniqueFd> LibvirtHypervisor::open_serial(const std::string& machine, bool takes_over) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  StreamRef stream(virStreamNew(found->connection.get(), VIR_STREAM_NONBLOCK));
  const std::string failed = fmt::format("The console of machine '{}' was not opened", machine);
  if (stream == nullptr) return libvirt_failure(failed);
  const unsigned flags = takes_over ? static_cast<unsigned>(VIR_DOMAIN_CONSOLE_FORCE) : 0;
  if (virDomainOpenConsole(found->domain.get(), nullptr, stream.get(), flags) != 0) return libvirt_failure(failed);
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorCode::io, "{}: {}; close other consoles.", failed, errno_text(errno));
  }
  UniqueFd near(ends[0]);
  UniqueFd far(ends[1]);
  const std::lock_guard lock(mutex_);
  consoles_.remove_if([](const LibvirtConsole& console) { return console.is_over(); });
  if (consoles_.size() >= kConsolesMax) return fail(ErrorCode::no_space, "{}: too many are open; close one.", failed);
  LibvirtConsole& console = consoles_.emplace_back(std::move(stream), std::move(near));
  if (Result<void> begun = console.begin(); !begun) return pass_on(begun);
  return far;
}

Result<UniqueFd> LibvirtHypervisor::open_screen(const std::string& machine) {
  Result<Named> found = named(machine);
  if (!found) return pass_on(found);
  const int descriptor = virDomainOpenGraphicsFD(found->domain.get(), 0, VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH);
  if (descriptor < 0) return libvirt_failure(fmt::format("The screen of machine '{}' was not opened", machine));
  return UniqueFd(descriptor);
}

}  // namespace laneway
