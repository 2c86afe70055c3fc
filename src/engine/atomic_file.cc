#include "engine/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "base/outside.h"

namespace laneway {

namespace {

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

tl::unexpected<Error> step_failure(const std::string& path, std::string_view step, int number) {
  const bool is_full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  return fail(is_full ? ErrorCode::no_space : ErrorCode::io,
              "{} could not be {}: {}; the old content stays in force, {} and try again.", path, step,
              errno_text(number), is_full ? "make room" : "check its file system");
}

// Everything, however little each write takes.
int write_all(FileSteps& steps, int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = steps.write(file, bytes);
    if (count < 0) return static_cast<int>(count);
    if (count == 0) return -EIO;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

}  // namespace

int FileSteps::create(const std::string& path, UniqueFd& file) {
  (void)outside().unlink(path);  // a leftover may have other permissions
  return outside().open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file);
}

ssize_t FileSteps::write(int file, std::string_view bytes) {
  const ssize_t count = ::write(file, bytes.data(), bytes.size());
  return count >= 0 ? count : -errno;
}

int FileSteps::sync(int file) { return ::fsync(file) == 0 ? 0 : -errno; }

int FileSteps::rename(const std::string& from, const std::string& to) { return outside().rename(from, to); }

int FileSteps::sync_directory(const std::string& path) {
  UniqueFd directory;
  if (const int outcome = outside().open(path, O_RDONLY | O_DIRECTORY, directory); outcome < 0) return outcome;
  return ::fsync(directory.get()) == 0 ? 0 : -errno;
}

int FileSteps::remove(const std::string& path) { return outside().unlink(path); }

Result<void> replace_file(FileSteps& steps, const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  UniqueFd file;
  int outcome = steps.create(temporary, file);
  if (outcome < 0) return step_failure(path, "written", -outcome);
  outcome = write_all(steps, file.get(), content);
  if (outcome == 0) outcome = steps.sync(file.get());
  file.reset();
  if (outcome == 0) outcome = steps.rename(temporary, path);
  if (outcome < 0) {
    (void)steps.remove(temporary);
    return step_failure(path, "replaced", -outcome);
  }
  outcome = steps.sync_directory(directory_of(path));
  if (outcome < 0) {
    return fail(ErrorCode::io, "{} was replaced, but its directory could not be synced: {}; check its file system.",
                path, errno_text(-outcome));
  }
  return {};
}

ReadFile::ReadFile(UniqueFd file) {
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return;
  file_ = std::move(file);
  changed_s_ = found.st_ctim.tv_sec;
  changed_ns_ = found.st_ctim.tv_nsec;
}

bool ReadFile::is_still_there() const {
  struct stat found {};
  return file_ && ::fstat(file_.get(), &found) == 0 && found.st_nlink > 0 && found.st_ctim.tv_sec == changed_s_ &&
         found.st_ctim.tv_nsec == changed_ns_;
}

Result<std::string> read_whole_file(const std::string& path, size_t size_max_bytes, ReadFile* read) {
  UniqueFd file;
  if (const int number = -outside().open(path, O_RDONLY, file); number != 0) {
    const ErrorCode code = number == ENOENT ? ErrorCode::not_found : ErrorCode::permission_denied;
    return fail(code, "{} cannot be opened: {}; check its path and permissions.", path, errno_text(number));
  }
  std::string content;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    const ssize_t count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::io, "{} cannot be read: {}; check its disk.", path, errno_text(errno));
    if (count == 0) {
      if (read != nullptr) *read = ReadFile(std::move(file));
      return content;
    }
    content.append(piece.data(), static_cast<size_t>(count));
    if (content.size() > size_max_bytes) {
      return fail(ErrorCode::no_space, "{} is larger than {} bytes; check that it is the right file.", path,
                  size_max_bytes);
    }
  }
}

}  // namespace laneway
