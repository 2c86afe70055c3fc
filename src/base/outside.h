#pragma once
// Outside is what the engine asks of the system by name: files, sockets at paths, addresses of hosts. A confined engine
// may do none of it by itself (lockdown/) and puts a broker here; without one, outside() does it directly. Owned by the
// process; control threads only, since it blocks.

#include <sys/socket.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

struct HostAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

class Outside {
 public:
  virtual ~Outside() = default;
  // As open(2), close-on-exec, mode 0600 where it makes a file. 0 or a negated errno, as the next two.
  virtual int open(const std::string& path, int flags, UniqueFd& file);
  virtual int unlink(const std::string& path);
  virtual int rename(const std::string& from, const std::string& to);
  // As listen_unix() (unix_socket.h).
  virtual Result<UniqueFd> listen(const std::string& path, mode_t mode);
  // The TCP addresses of a name, one at least and kAddressesMax at most; the error's message is the resolver's alone.
  virtual Result<std::vector<HostAddress>> resolve(const std::string& host, uint16_t port);

  static constexpr size_t kAddressesMax = 16;
};

Outside& outside();
// Once, before the first further thread.
void set_outside(std::unique_ptr<Outside> broker);

// The addresses that the system's resolver has for a name; `flags` are getaddrinfo()'s.
Result<std::vector<HostAddress>> look_up_host(const std::string& host, uint16_t port, int flags);

}  // namespace laneway
