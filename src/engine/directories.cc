#include "engine/directories.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace laneway {

namespace {

constexpr const char* kLockName = "/engine.lock";

tl::unexpected<Error> failure(const std::string& path, std::string_view what, int number) {
  const ErrorCode code = number == EACCES || number == EPERM || number == EROFS ? ErrorCode::permission_denied
                         : number == ENOSPC || number == EDQUOT                 ? ErrorCode::no_space
                                                                                : ErrorCode::io;
  return fail(code, "{} {}: {}; check its permissions and disk, or choose another directory.", path, what,
              errno_text(number));
}

}  // namespace

Result<void> make_directories(const std::string& path, mode_t mode) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    const bool is_last = end == std::string::npos;
    if (!part.empty() && ::mkdir(part.c_str(), is_last ? mode : 0755) != 0 && errno != EEXIST) {
      return failure(part, "cannot be made", errno);
    }
    if (is_last) break;
  }
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return failure(path, "cannot be used", errno);
  if (!S_ISDIR(found.st_mode)) return failure(path, "cannot be used", ENOTDIR);
  return {};
}

Result<UniqueFd> open_directory_lock(const std::string& path) {
  const std::string lock_path = path + kLockName;
  UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return failure(lock_path, "cannot be opened", errno);
  return lock;
}

Result<void> lock_directory(const UniqueFd& lock, const std::string& path) {
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK) {
    return fail(ErrorCode::in_use, "Another engine uses {}; stop it, or give this one a --state-dir of its own.", path);
  }
  return failure(path + kLockName, "cannot be locked", errno);
}

}  // namespace laneway
