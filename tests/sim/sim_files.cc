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

SimFiles::Before& SimFiles::before(int fd) {
  struct stat status {};
  LW_ASSERT(::fstat(fd, &status) == 0);
  return before_[status.st_ino];
}

void SimFiles::remember(int fd, uint64_t offset_bytes, uint64_t length_bytes) {
  Before& known = before(fd);
  for (uint64_t at = offset_bytes - offset_bytes % kBlock; at < offset_bytes + length_bytes; at += kBlock) {
    if (known.count(at) != 0) continue;
    std::vector<uint8_t> old(kBlock);
    const ssize_t count = ::pread(fd, old.data(), old.size(), static_cast<off_t>(at));
    if (count > 0) known.emplace(at, std::move(old));
  }
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
  if (!is_stable || result < 0) return result;
  Before& known = before(fd);
  known.erase(known.lower_bound(offset_bytes), known.lower_bound(offset_bytes + static_cast<uint64_t>(result)));
  return result;
}

int32_t SimFiles::sync(int fd) {
  before(fd).clear();
  return 0;
}

int32_t SimFiles::fallocate(int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes) {
  remember(fd, offset_bytes, length_bytes);
  return outcome(::fallocate(fd, mode, static_cast<off_t>(offset_bytes), static_cast<off_t>(length_bytes)));
}

void SimFiles::cut_power(int fd) {
  for (const auto& [offset, old] : before(fd)) {
    if (random_.one_in(2)) continue;
    LW_ASSERT(::pwrite(fd, old.data(), old.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(old.size()));
  }
  before(fd).clear();
}

}  // namespace laneway::sim
