#pragma once
// Where an iSCSI target listens: a portal as operators write it, and the socket addresses it stands for. Names are
// resolved on control threads only; a reactor takes addresses.

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace laneway {

constexpr uint16_t kIscsiPort = 3260;

struct IscsiPortal {
  std::string host;  // a name or an address, IPv6 without brackets
  uint16_t port = kIscsiPort;
  friend bool operator==(const IscsiPortal&, const IscsiPortal&) = default;
};

// "HOST", "HOST:PORT", "ADDRESS6", "[ADDRESS6]:PORT".
Result<IscsiPortal> decode_portal(std::string_view text);
std::string portal_text(const IscsiPortal& portal);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  // ADDRESS:PORT, for people

  const sockaddr* get() const { return static_cast<const sockaddr*>(static_cast<const void*>(&storage)); }
};

// Asks the resolver, so it may block: control threads only.
Result<std::vector<SocketAddress>> resolve_portal(const IscsiPortal& portal);
// Without the resolver; fails where the host is a name.
Result<SocketAddress> numeric_address(const IscsiPortal& portal);

}  // namespace laneway
