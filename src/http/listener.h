#pragma once
// The server's listening sockets and who connects to them: made before the loop runs, accepted from without blocking.
// Owned by the server's loop.

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "http/message.h"

namespace laneway {

// Listens on every address that `address` names: a literal, or "" for all of this host.
Result<UniqueFd> listen_tcp(const std::string& address, uint16_t port);
Result<uint16_t> port_of(const UniqueFd& listener);

struct Accepted {
  UniqueFd socket;  // non-blocking
  HttpPeer peer;
  std::string counted_as;  // what of this peer's connections are counted together
  int family = AF_UNIX;
};

// None, with the errno, where nobody waits or nothing can be accepted.
std::optional<Accepted> accept_peer(int listener, int& number);

}  // namespace laneway
