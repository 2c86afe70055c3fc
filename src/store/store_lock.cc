#include "store/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace laneway {

Result<StoreLock> StoreLock::take(const std::string& path) {
  const std::string lock_path = path + ".lock";
  UniqueFd file(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) {
    const int number = errno;
    const ErrorCode code = number == ENOENT   ? ErrorCode::not_found
                           : number == ENOSPC ? ErrorCode::no_space
                                              : ErrorCode::permission_denied;
    return fail(code, "The lock {} cannot be made: {}; check that its directory exists, is ours and has room.",
                lock_path, errno_text(number));
  }
  // Of the open file, not of the process: closing other descriptors of the file does not end it.
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::in_use, "Another process has the store {} open; stop it, or name another file.", path);
    }
    return fail(ErrorCode::io, "The lock {} cannot be taken: {}; check its file system.", lock_path, errno_text(errno));
  }
  return StoreLock(std::move(file));
}

}  // namespace laneway
