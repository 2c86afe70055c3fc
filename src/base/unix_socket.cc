#include "base/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/units.h"

namespace laneway {

namespace {

constexpr int kBacklog = 64;

struct UnixAddress {
  sockaddr_un wire{};
  socklen_t length = 0;
  const sockaddr* get() const { return static_cast<const sockaddr*>(static_cast<const void*>(&wire)); }
};

Result<UnixAddress> make_address(const std::string& path) {
  if (path.empty()) return fail(ErrorCode::invalid_argument, "The socket path is empty; give a path.");
  if (path.size() > kUnixPathMaxBytes) {
    return fail(ErrorCode::invalid_argument,
                "Socket path {} is {} bytes long and Linux allows {}; choose a shorter path or directory.", path,
                path.size(), kUnixPathMaxBytes);
  }
  UnixAddress address;
  address.wire.sun_family = AF_UNIX;
  std::memcpy(address.wire.sun_path, path.data(), path.size());
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Result<UniqueFd> make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) {
    return fail(ErrorCode::io, "No unix socket could be made: {}; check the limit of open files.", errno_text(errno));
  }
  return fd;
}

// True where a process listens at the address; also where it is too busy to accept.
bool is_listened_on(const UnixAddress& address) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return true;
  if (::connect(probe.get(), address.get(), address.length) == 0) return true;
  return errno != ECONNREFUSED && errno != ENOENT;
}

// Clears the way for a bind: removes a stale socket of ours, refuses whatever else is there.
Result<void> remove_stale_socket(const std::string& path, const UnixAddress& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};  // nothing there, or bind() will say why
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::already_exists, "{} exists and is not a socket; choose another path or remove it.", path);
  }
  if (found.st_uid != ::geteuid()) {
    return fail(ErrorCode::already_exists, "Socket {} belongs to user {}; choose another path or remove it.", path,
                found.st_uid);
  }
  if (is_listened_on(address)) {
    return fail(ErrorCode::in_use, "Another process listens on {}; choose another path or stop that process.", path);
  }
  if (::unlink(path.c_str()) != 0) {
    return fail(ErrorCode::permission_denied, "The stale socket {} cannot be removed: {}; remove it by hand.", path,
                errno_text(errno));
  }
  return {};
}

tl::unexpected<Error> bind_failure(const std::string& path, int number) {
  const ErrorCode code = number == EACCES || number == EROFS     ? ErrorCode::permission_denied
                         : number == ENOSPC || number == EDQUOT  ? ErrorCode::no_space
                         : number == ENOENT || number == ENOTDIR ? ErrorCode::not_found
                         : number == EADDRINUSE                  ? ErrorCode::already_exists
                                                                 : ErrorCode::io;
  return fail(code, "Socket {} cannot be created: {}; check that its directory exists, is writable and has room.", path,
              errno_text(number));
}

void set_send_timeout(int fd, uint64_t limit_ns) {
  timeval limit{};
  limit.tv_sec = static_cast<time_t>(limit_ns / kSecond);
  limit.tv_usec = static_cast<suseconds_t>(limit_ns % kSecond / kMicrosecond);
  (void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

}  // namespace

Result<UniqueFd> listen_unix(const std::string& path, mode_t mode) {
  Result<UnixAddress> address = make_address(path);
  if (!address) return pass_on(address);
  if (Result<void> cleared = remove_stale_socket(path, *address); !cleared) return pass_on(cleared);
  Result<UniqueFd> fd = make_socket();
  if (!fd) return fd;
  if (::bind(fd->get(), address->get(), address->length) != 0) return bind_failure(path, errno);
  // Nobody can connect before listen(), so the permissions are in force before the first peer.
  if (::chmod(path.c_str(), mode) != 0 || ::listen(fd->get(), kBacklog) != 0) {
    const int number = errno;
    ::unlink(path.c_str());
    return bind_failure(path, number);
  }
  return fd;
}

Result<UniqueFd> connect_unix(const std::string& path, uint64_t time_limit_ns) {
  Result<UnixAddress> address = make_address(path);
  if (!address) return pass_on(address);
  Result<UniqueFd> fd = make_socket();
  if (!fd) return fd;
  set_send_timeout(fd->get(), time_limit_ns);  // bounds connect() on a unix socket too
  int outcome = 0;
  do {
    outcome = ::connect(fd->get(), address->get(), address->length);
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0) return fd;
  if (errno == EAGAIN) return fail(ErrorCode::timed_out, "Nobody accepted a connection on {} in time.", path);
  if (errno == EACCES) return fail(ErrorCode::permission_denied, "{}: {}", path, errno_text(errno));
  return fail(ErrorCode::unreachable, "{}: {}", path, errno_text(errno));
}

Result<PeerIdentity> identify_peer(int socket) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return fail(ErrorCode::io, "The peer's credentials cannot be read: {}", errno_text(errno));
  }
  return PeerIdentity{credentials.pid, credentials.uid};
}

}  // namespace laneway
