#include "keeper/engine_lock.h"

#include <fcntl.h>

#include <cerrno>

namespace laneway {

namespace {

UniqueFd open_lock(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
}

// The whole file, of the open file description: no other descriptor of this process takes it away.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

std::string engine_lock_path(const std::string& keeper_socket) { return keeper_socket + ".engine"; }

Result<UniqueFd> open_engine_lock(const std::string& path) {
  UniqueFd file = open_lock(path);
  if (!file) return fail(ErrorCode::io, "{} cannot be opened: {}", path, errno_text(errno));
  return file;
}

Result<void> take_engine_lock(const UniqueFd& file) {
  struct flock lock = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EAGAIN || errno == EACCES) return fail(ErrorCode::in_use, "Another engine serves already.");
  return fail(ErrorCode::io, "The keeper's lock cannot be taken: {}", errno_text(errno));
}

bool is_engine_lock_held(const std::string& path) {
  const UniqueFd file = open_lock(path);
  struct flock lock = whole_file();
  return file && ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace laneway
