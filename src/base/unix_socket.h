#pragma once
// Unix stream sockets by path: listening ones that replace only stale sockets of our own, connecting ones with a time
// limit, and who sits at the other end. Used for the RPC socket and for the functions' sockets. Control threads.

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace laneway {

constexpr size_t kUnixPathMaxBytes = 107;  // sockaddr_un.sun_path holds 108 with the final zero

// A listening socket at `path`, close-on-exec, with exactly the permissions `mode` before anybody can connect. A socket
// file that is already there is replaced where it is ours and nobody listens on it; anything else there is left alone
// and refused.
Result<UniqueFd> listen_unix(const std::string& path, mode_t mode);

// A blocking, connected socket. ErrorCode::unreachable where nobody listens, timed_out where nobody accepts in time.
Result<UniqueFd> connect_unix(const std::string& path, uint64_t time_limit_ns);

struct PeerIdentity {
  pid_t pid = 0;
  uid_t uid = 0;
};
Result<PeerIdentity> identify_peer(int socket);

}  // namespace laneway
