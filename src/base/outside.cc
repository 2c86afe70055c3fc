#include "base/outside.h"

#include <fcntl.h>
#include <netdb.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/unix_socket.h"

namespace laneway {

namespace {

std::unique_ptr<Outside>& instance() {
  static auto current = std::make_unique<Outside>();
  return current;
}

}  // namespace

Outside& outside() { return *instance(); }

void set_outside(std::unique_ptr<Outside> broker) { instance() = std::move(broker); }

int Outside::open(const std::string& path, int flags, UniqueFd& file) {
  file = UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file ? 0 : -errno;
}

int Outside::unlink(const std::string& path) { return ::unlink(path.c_str()) == 0 ? 0 : -errno; }

int Outside::rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : -errno;
}

Result<UniqueFd> Outside::listen(const std::string& path, mode_t mode) { return listen_unix(path, mode); }

Result<std::vector<HostAddress>> Outside::resolve(const std::string& host, uint16_t port) {
  return look_up_host(host, port, 0);
}

Result<std::vector<HostAddress>> look_up_host(const std::string& host, uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return fail(ErrorCode::unreachable, "{}", ::gai_strerror(error));
  std::vector<HostAddress> addresses;
  for (const addrinfo* each = found; each != nullptr && addresses.size() < Outside::kAddressesMax;
       each = each->ai_next) {
    if (each->ai_addrlen > sizeof(sockaddr_storage)) continue;
    HostAddress address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  if (addresses.empty()) return fail(ErrorCode::unreachable, "it has no address");
  return addresses;
}

}  // namespace laneway
