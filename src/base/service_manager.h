#pragma once
// ServiceManager is what started the keeper as a service, where that is systemd or speaks as it does (sd_notify(3)): it
// is told how the process is, and holds descriptors for it. NotifySocket is the one there is; tests listen at its other
// end. Owned by the keeper or by lanewayd; its main thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace laneway {

struct NamedFd {
  std::string name;
  UniqueFd fd;
};

class ServiceManager {
 public:
  virtual ~ServiceManager() = default;
  // One message, with a descriptor or without (-1). 0, or a negated errno: -EAGAIN where it is to be told again later.
  virtual int tell(std::string_view message, int descriptor) = 0;
  // Writable where it may be told something; -1: always.
  virtual int descriptor() const = 0;
};

// Of $NOTIFY_SOCKET, which is taken out of the environment; null where there is none.
std::unique_ptr<ServiceManager> service_manager_of_environment();
// The descriptors that it held for us ($LISTEN_FDS and the like, taken out of the environment).
std::vector<NamedFd> descriptors_of_environment();

}  // namespace laneway
