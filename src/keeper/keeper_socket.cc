#include "keeper/keeper_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/unix_socket.h"

namespace laneway {

namespace {

constexpr int kBacklog = 16;

const sockaddr* as_address(const sockaddr_un& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

UniqueFd make_socket(int flags) { return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0)); }

}  // namespace

Result<sockaddr_un> keeper_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() > kUnixPathMaxBytes) {
    return fail(ErrorCode::invalid_argument, "Socket path {} is {} bytes long and Linux allows {}.", path, path.size(),
                kUnixPathMaxBytes);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd make_keeper_socket() { return make_socket(0); }

Result<KeeperListener> listen_as_keeper(const std::string& path) {
  Result<sockaddr_un> address = keeper_address(path);
  if (!address) return pass_on(address);
  KeeperListener out;
  const std::string lock_path = path + ".lock";
  out.lock = UniqueFd(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out.lock) return fail(ErrorCode::io, "{} cannot be opened: {}.", lock_path, errno_text(errno));
  if (::flock(out.lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::in_use, "Another keeper listens on {}; stop it, or give this one a --run-dir of its own.",
                path);
  }
  out.socket = make_socket(SOCK_NONBLOCK);
  (void)::unlink(path.c_str());  // under the lock: nobody listens there
  const mode_t mask = ::umask(0177);
  const bool is_bound = out.socket && ::bind(out.socket.get(), as_address(*address), sizeof(*address)) == 0;
  const int number = errno;
  ::umask(mask);
  if (!is_bound || ::listen(out.socket.get(), kBacklog) != 0) {
    return fail(ErrorCode::io, "{} cannot be listened on: {}.", path, errno_text(is_bound ? errno : number));
  }
  return out;
}

Result<UniqueFd> connect_to_keeper(const std::string& path) {
  Result<sockaddr_un> address = keeper_address(path);
  if (!address) return pass_on(address);
  UniqueFd fd = make_socket(0);
  if (fd && ::connect(fd.get(), as_address(*address), sizeof(*address)) == 0) return fd;
  return fail(ErrorCode::unreachable, "No keeper listens on {}: {}.", path, errno_text(errno));
}

Result<pid_t> admitted_peer(int connection) {
  Result<PeerIdentity> peer = identify_peer(connection);
  if (!peer) return pass_on(peer);
  if (peer->uid != 0 && peer->uid != ::geteuid()) {
    return fail(ErrorCode::permission_denied, "process {} belongs to user {}", peer->pid, peer->uid);
  }
  return peer->pid;
}

}  // namespace laneway
