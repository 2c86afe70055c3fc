#include "sim/sim_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/check.h"

namespace laneway::sim {

namespace {

int32_t outcome(ssize_t result) { return result < 0 ? -errno : static_cast<int32_t>(result); }

}  // namespace

bool SimFiles::is_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

SimFiles::File& SimFiles::file(int fd) {
  struct stat status {};
  LW_ASSERT(::fstat(fd, &status) == 0);
  File& known = files_[status.st_ino];
  if (known.plain_fd < 0) known.plain_fd = fd;
  return known;
}

void SimFiles::know(int fd) { file(fd).plain_fd = fd; }

// Whole blocks, whatever part of them is asked for; zeroes beyond the end.
SimFiles::Content SimFiles::read_blocks(int fd, uint64_t offset_bytes, uint64_t length_bytes) {
  const uint64_t skew = offset_bytes % kBlock;
  Content content((skew + length_bytes + kBlock - 1) / kBlock * kBlock);
  LW_ASSERT(::pread(file(fd).plain_fd, content.data(), content.size(), static_cast<off_t>(offset_bytes - skew)) >= 0);
  return content;
}

void SimFiles::remember(int fd, uint64_t offset_bytes, uint64_t length_bytes) {
  File& known = file(fd);
  for (uint64_t at = offset_bytes - offset_bytes % kBlock; at < offset_bytes + length_bytes; at += kBlock) {
    if (known.before.count(at) == 0) known.before.emplace(at, read_blocks(fd, at, kBlock));
  }
}

void SimFiles::tell_landed(int fd, uint64_t offset_bytes, uint64_t length_bytes) {
  if (log == nullptr || length_bytes == 0) return;
  log->landed(offset_bytes - offset_bytes % kBlock, read_blocks(fd, offset_bytes, length_bytes));
}

int32_t SimFiles::read(int fd, const std::vector<iovec>& into, uint64_t offset_bytes) {
  return outcome(::preadv(fd, into.data(), static_cast<int>(into.size()), static_cast<off_t>(offset_bytes)));
}

int32_t SimFiles::write(int fd, const std::vector<iovec>& from, uint64_t offset_bytes, bool is_stable) {
  uint64_t length = 0;
  for (const iovec& vector : from) length += vector.iov_len;
  if (!is_stable) remember(fd, offset_bytes, length);
  const int32_t result =
      outcome(::pwritev(fd, from.data(), static_cast<int>(from.size()), static_cast<off_t>(offset_bytes)));
  if (result < 0) return result;
  tell_landed(fd, offset_bytes, static_cast<uint64_t>(result));
  if (!is_stable) return result;
  auto& before = file(fd).before;
  before.erase(before.lower_bound(offset_bytes), before.lower_bound(offset_bytes + static_cast<uint64_t>(result)));
  if (log != nullptr) log->synced(offset_bytes, static_cast<uint64_t>(result));
  return result;
}

int32_t SimFiles::sync(int fd) {
  file(fd).before.clear();
  if (log != nullptr) log->synced(0, UINT64_MAX);
  return 0;
}

int32_t SimFiles::fallocate(int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes) {
  remember(fd, offset_bytes, length_bytes);
  const int32_t result =
      outcome(::fallocate(fd, mode, static_cast<off_t>(offset_bytes), static_cast<off_t>(length_bytes)));
  if (result == 0) tell_landed(fd, offset_bytes, length_bytes);
  return result;
}

void SimFiles::cut_power(int fd) {
  for (const auto& [offset, old] : file(fd).before) {
    if (random_.one_in(2)) continue;
    LW_ASSERT(::pwrite(file(fd).plain_fd, old.data(), old.size(), static_cast<off_t>(offset)) ==
              static_cast<ssize_t>(old.size()));
    tell_landed(fd, offset, kBlock);
  }
  if (log != nullptr) log->synced(0, UINT64_MAX);
  file(fd).before.clear();
}

}  // namespace laneway::sim
