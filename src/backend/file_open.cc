#include "backend/file_open.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "backend/disk_size.h"
#include "base/outside.h"
#include "base/units.h"

namespace laneway {

namespace {

tl::unexpected<Error> open_failed(const std::string& path, int number) {
  switch (number) {
    case ENOENT:
      return fail(ErrorCode::not_found, "{} does not exist; check the path, or give a size to create it", path);
    case EACCES:
    case EPERM:
    case EROFS:
      return fail(ErrorCode::permission_denied,
                  "cannot open {}: {}; give the engine's user access, or make it read-only", path, errno_text(number));
    case EEXIST:
      return fail(ErrorCode::already_exists, "{} exists already; leave the size out to use it as it is", path);
    case EBUSY:
      return fail(ErrorCode::in_use, "{} is in use by the system (mounted, or part of a volume); release it first",
                  path);
    case ENOSPC:
    case EDQUOT:
      return fail(ErrorCode::no_space, "cannot create {}: {}; free some space", path, errno_text(number));
    default:
      return fail(ErrorCode::io, "cannot open {}: {}; check the path", path, errno_text(number));
  }
}

// A path of another kind is refused before open(), which would block on a pipe.
Result<bool> is_block_device_at(const FileDiskOptions& options) {
  UniqueFd place;
  const int number = -outside().open(options.path, O_PATH, place);
  if (number == ENOENT && options.create_bytes > 0) return false;
  struct stat found {};
  if (number != 0) return open_failed(options.path, number);
  if (::fstat(place.get(), &found) != 0) return open_failed(options.path, errno);
  if (options.create_bytes > 0) return open_failed(options.path, EEXIST);
  if (S_ISREG(found.st_mode)) return false;
  if (S_ISBLK(found.st_mode)) return true;
  return fail(ErrorCode::invalid_argument, "{} is neither a file nor a block device; give the path of one",
              options.path);
}

// Calls `attempt` until it does not return `busy` any more or the time is over.
template <typename Attempt>
int try_while(int busy, uint32_t wait_ms, Attempt attempt) {
  constexpr uint32_t kPauseMs = 10;
  int number = attempt();
  for (uint32_t waited_ms = 0; number == busy && waited_ms < wait_ms; waited_ms += kPauseMs) {
    ::poll(nullptr, 0, kPauseMs);
    number = attempt();
  }
  return number;
}

Result<UniqueFd> open_descriptor(const FileDiskOptions& options, bool is_block_device) {
  int flags = options.is_read_only ? O_RDONLY : O_RDWR;
  if (options.create_bytes > 0) flags = O_RDWR | O_CREAT | O_EXCL;
  // On a block device O_EXCL claims it: mounts and other claims are refused as long as we hold it, and we while they
  // do.
  if (is_block_device && !options.is_read_only) flags |= O_EXCL;
  UniqueFd fd;
  const auto open_once = [&] {
    return -outside().open(options.path, flags | (options.wants_direct ? O_DIRECT : 0), fd);
  };
  int number = try_while(EBUSY, options.lock_wait_ms, open_once);
  if (number == EINVAL && options.wants_direct) {
    // A file system without O_DIRECT may have created the file before it refused the flag.
    if (options.create_bytes > 0) flags &= ~O_EXCL;
    number = -outside().open(options.path, flags, fd);
  }
  if (!fd) return open_failed(options.path, number);
  return fd;
}

// The lock belongs to the open file description: it lives as long as any copy of this descriptor, also through an
// operation that outlives the process, and conflicts with every other open of the file, in this engine too.
Result<void> lock_descriptor(const FileDiskOptions& options, int fd) {
  struct flock lock {};
  lock.l_type = options.is_read_only ? F_RDLCK : F_WRLCK;
  lock.l_whence = SEEK_SET;
  const auto lock_once = [&] { return ::fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno; };
  const int number = try_while(EAGAIN, options.lock_wait_ms, lock_once);
  if (number == 0) return {};
  if (number == EAGAIN || number == EACCES) {
    return fail(ErrorCode::in_use, "{} is in use by another function or another engine; a disk can serve only one",
                options.path);
  }
  return fail(ErrorCode::io, "cannot lock {}: {}; the file system must offer locks", options.path, errno_text(number));
}

bool can_read_direct(int fd, uint32_t alignment_bytes) {
  alignas(4096) static thread_local std::array<uint8_t, 4096> buffer;
  return ::pread(fd, buffer.data(), alignment_bytes, 0) >= 0;
}

// What O_DIRECT asks of addresses and lengths, as the kernel tells or as a read finds out.
void find_alignment(OpenFile& file) {
#ifdef STATX_DIOALIGN
  struct statx found {};
  if (::statx(file.fd.get(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &found) == 0 &&
      (found.stx_mask & STATX_DIOALIGN) != 0) {
    file.is_direct = found.stx_dio_offset_align != 0;
    file.memory_alignment_bytes = std::max(found.stx_dio_mem_align, 1u);
    file.length_alignment_bytes = std::max(found.stx_dio_offset_align, 1u);
    return;
  }
#endif
  for (const uint32_t alignment : {512u, 4096u}) {
    if (!can_read_direct(file.fd.get(), alignment)) continue;
    file.memory_alignment_bytes = file.length_alignment_bytes = alignment;
    return;
  }
  file.is_direct = false;
}

Result<void> settle_direct(const FileDiskOptions& options, OpenFile& file) {
  const int flags = ::fcntl(file.fd.get(), F_GETFL);
  file.is_direct = flags >= 0 && (flags & O_DIRECT) != 0;
  if (file.is_direct) find_alignment(file);
  // A function with smaller blocks than the storage can only go through the page cache.
  if (file.length_alignment_bytes > options.block_bytes || file.memory_alignment_bytes > 4096) file.is_direct = false;
  if (file.is_direct) return {};
  file.memory_alignment_bytes = file.length_alignment_bytes = 1;
  if (flags >= 0 && ::fcntl(file.fd.get(), F_SETFL, flags & ~O_DIRECT) == 0) return {};
  return fail(ErrorCode::io, "cannot take O_DIRECT off {}: {}", options.path, errno_text(errno));
}

uint64_t read_queue_limit(dev_t device, const char* name) {
  const std::string folder = fmt::format("/sys/dev/block/{}:{}", major(device), minor(device));
  // A partition has no queue folder of its own: its disk's is one level up.
  for (const char* place : {"queue", "../queue"}) {
    UniqueFd fd;
    (void)outside().open(fmt::format("{}/{}/{}", folder, place, name), O_RDONLY, fd);
    std::array<char, 32> text{};
    const ssize_t length = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    uint64_t value = 0;
    if (length > 0 && std::from_chars(text.data(), text.data() + length, value).ec == std::errc{}) return value;
  }
  return 0;
}

Result<void> learn_block_device(const FileDiskOptions& options, OpenFile& file, dev_t device) {
  int logical = 0;
  unsigned physical = 0;
  unsigned optimal = 0;
  if (::ioctl(file.fd.get(), BLKSSZGET, &logical) != 0) return open_failed(options.path, errno);
  if (static_cast<uint32_t>(logical) > options.block_bytes) {
    return fail(ErrorCode::invalid_argument,
                "{} has sectors of {} bytes, more than the block size {}; use block size {}", options.path, logical,
                options.block_bytes, logical);
  }
  if (::ioctl(file.fd.get(), BLKPBSZGET, &physical) == 0) file.physical_block_bytes = physical;
  if (::ioctl(file.fd.get(), BLKIOOPT, &optimal) == 0) file.optimal_io_bytes = optimal;
  const uint64_t granularity = read_queue_limit(device, "discard_granularity");
  if (granularity > 0 && granularity < kGiB) file.discard_alignment_bytes = static_cast<uint32_t>(granularity);
  // The kernel's fallocate on a device punches by writing zeroes with deallocation.
  file.can_punch =
      read_queue_limit(device, "discard_max_bytes") > 0 && read_queue_limit(device, "write_zeroes_max_bytes") > 0;
  return {};
}

void learn_regular_file(OpenFile& file, uint64_t size_bytes) {
  // Punching behind the end changes nothing and tells whether the file system can.
  const auto behind_end = static_cast<off_t>((size_bytes + kMiB - 1) / kMiB * kMiB);
  file.can_punch = ::fallocate(file.fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, behind_end, 4096) == 0;
}

Result<void> prepare(const FileDiskOptions& options, OpenFile& file) {
  if (auto locked = lock_descriptor(options, file.fd.get()); !locked) return locked;
  if (options.create_bytes > 0 && ::ftruncate(file.fd.get(), static_cast<off_t>(options.create_bytes)) != 0) {
    return fail(ErrorCode::no_space, "cannot give {} a size of {} bytes: {}; choose a smaller one", options.path,
                options.create_bytes, errno_text(errno));
  }
  auto size = measure_file(options.path, file.fd.get(), file.is_block_device);
  if (!size) return pass_on(size);
  file.capacity_bytes = *size;
  if (auto checked = check_disk_size(options.path, *size, options.block_bytes); !checked) return checked;
  struct stat found {};
  if (::fstat(file.fd.get(), &found) != 0) return open_failed(options.path, errno);
  if (file.is_block_device) {
    if (auto learned = learn_block_device(options, file, found.st_rdev); !learned) return learned;
  } else {
    if (!options.is_read_only) learn_regular_file(file, *size);
  }
  return settle_direct(options, file);
}

}  // namespace

Result<OpenFile> open_file(const FileDiskOptions& options) {
  if (auto checked = check_block_size(options.path, options.block_bytes); !checked) return pass_on(checked);
  if (options.create_bytes > 0) {
    auto checked = check_disk_size(options.path, options.create_bytes, options.block_bytes);
    if (!checked) return pass_on(checked);
  }
  auto is_block_device = is_block_device_at(options);
  if (!is_block_device) return pass_on(is_block_device);
  auto fd = open_descriptor(options, *is_block_device);
  if (!fd) return pass_on(fd);
  OpenFile file;
  file.fd = std::move(*fd);
  file.is_block_device = *is_block_device;
  if (auto prepared = prepare(options, file); !prepared) {
    if (options.create_bytes > 0) (void)outside().unlink(options.path);
    return pass_on(prepared);
  }
  return file;
}

void unlock_file(int fd) {
  struct flock lock {};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

Result<uint64_t> measure_file(const std::string& path, int fd, bool is_block_device) {
  uint64_t size_bytes = 0;
  struct stat found {};
  const bool is_measured = is_block_device ? ::ioctl(fd, BLKGETSIZE64, &size_bytes) == 0 : ::fstat(fd, &found) == 0;
  if (!is_measured) return fail(ErrorCode::io, "cannot find the size of {}: {}", path, errno_text(errno));
  return is_block_device ? size_bytes : static_cast<uint64_t>(found.st_size);
}

}  // namespace laneway
