#pragma once
// The keeper's socket: SOCK_SEQPACKET at a path, open to its own user only. One keeper listens at a path: a lock beside
// it says so. Any thread.

#include <sys/types.h>
#include <sys/un.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

struct KeeperListener {
  UniqueFd lock;  // as long as it listens
  UniqueFd socket;
};

// ErrorCode::in_use where another keeper listens there. What an earlier one left at the path is replaced.
Result<KeeperListener> listen_as_keeper(const std::string& path);
// For connect(). Refuses a path that is too long.
Result<sockaddr_un> keeper_address(const std::string& path);
// One that is not connected yet; nothing where there are no descriptors left.
UniqueFd make_keeper_socket();
// Blocking, connected. ErrorCode::unreachable where no keeper listens.
Result<UniqueFd> connect_to_keeper(const std::string& path);
// The process at the other end when it connected; refused unless it is our user's or root's.
Result<pid_t> admitted_peer(int connection);

}  // namespace laneway
