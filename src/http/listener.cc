#include "http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/outside.h"

namespace laneway {

namespace {

constexpr int kBacklog = 512;

void set_option(const UniqueFd& socket, int level, int option, int value) {
  (void)::setsockopt(socket.get(), level, option, &value, sizeof(value));
}

const sockaddr* any_address(const sockaddr_storage& storage) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
}

Result<UniqueFd> listen_at(const HostAddress& address, bool is_dual) {
  UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail(ErrorCode::io, "{}", errno_text(errno));
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.storage.ss_family == AF_INET6) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, is_dual ? 0 : 1);
  if (::bind(socket.get(), any_address(address.storage), address.length) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    const ErrorCode code = errno == EADDRINUSE ? ErrorCode::in_use
                           : errno == EACCES   ? ErrorCode::permission_denied
                                               : ErrorCode::invalid_argument;
    return fail(code, "{}", errno_text(errno));
  }
  return socket;
}

void describe_local(const UniqueFd& socket, Accepted& accepted) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  accepted.peer.is_local = true;
  // Nobody's, where the kernel does not say.
  accepted.peer.uid = accepted.peer.gid = 65534;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    accepted.peer.uid = credentials.uid;
    accepted.peer.gid = credentials.gid;
    accepted.peer.pid = credentials.pid;
  }
  accepted.counted_as = fmt::format("user {}", accepted.peer.uid);
}

void describe_remote(const sockaddr_storage& storage, Accepted& accepted) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* const whole = &storage;
  if (storage.ss_family == AF_INET) {
    const auto* const address = static_cast<const sockaddr_in*>(whole);
    (void)::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    accepted.peer.address = fmt::format("{}:{}", text.data(), ntohs(address->sin_port));
    accepted.counted_as = text.data();
    return;
  }
  const auto* const address = static_cast<const sockaddr_in6*>(whole);
  if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr)) {
    (void)::inet_ntop(AF_INET, address->sin6_addr.s6_addr + 12, text.data(), text.size());
    accepted.peer.address = fmt::format("{}:{}", text.data(), ntohs(address->sin6_port));
    accepted.counted_as = text.data();
    return;
  }
  (void)::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
  accepted.peer.address = fmt::format("[{}]:{}", text.data(), ntohs(address->sin6_port));
  // One customer has a /64 to choose addresses from.
  accepted.counted_as.assign("6 ");
  for (size_t i = 0; i < 8; ++i) accepted.counted_as += fmt::format("{:02x}", address->sin6_addr.s6_addr[i]);
}

}  // namespace

Result<UniqueFd> listen_tcp(const std::string& address, uint16_t port) {
  const bool is_any = address.empty();
  Result<UniqueFd> listener = fail(ErrorCode::invalid_argument, "it is no address");
  // A kernel without IPv6 listens on IPv4's addresses alone.
  for (const std::string& literal : is_any ? std::vector<std::string>{"::", "0.0.0.0"} : std::vector{address}) {
    Result<std::vector<HostAddress>> found = look_up_host(literal, port, AI_PASSIVE | AI_NUMERICHOST);
    if (!found) {
      listener = pass_on(found);
      continue;
    }
    listener = listen_at(found->front(), is_any);
    if (listener) return listener;
  }
  return fail(listener.error().code, "The server cannot listen on {} port {}: {}; choose another address or port.",
              is_any ? "any address" : address, port, listener.error().message);
}

Result<uint16_t> port_of(const UniqueFd& listener) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  void* const whole = &storage;
  if (::getsockname(listener.get(), static_cast<sockaddr*>(whole), &length) != 0) {
    return fail(ErrorCode::io, "The server's port cannot be read: {}.", errno_text(errno));
  }
  if (storage.ss_family == AF_INET) return ntohs(static_cast<const sockaddr_in*>(whole)->sin_port);
  return ntohs(static_cast<const sockaddr_in6*>(whole)->sin6_port);
}

std::optional<Accepted> accept_peer(int listener, int& number) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  void* const whole = &storage;
  UniqueFd socket(::accept4(listener, static_cast<sockaddr*>(whole), &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) {
    number = errno;
    return std::nullopt;
  }
  Accepted accepted;
  accepted.family = storage.ss_family;
  if (storage.ss_family == AF_UNIX) {
    describe_local(socket, accepted);
  } else {
    describe_remote(storage, accepted);
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  }
  accepted.socket = std::move(socket);
  return accepted;
}

}  // namespace laneway
