#include "backend/file_disk.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backend/disk_size.h"
#include "backend/file_queue.h"

namespace laneway {

namespace {

constexpr uint64_t kDiscardBytesMax = kGiB;      // one fallocate runs this long at most on slow file systems
constexpr uint64_t kZeroesBytesMax = 64 * kMiB;  // may have to be written

}  // namespace

FileDisk::FileDisk(const FileDiskOptions& options, OpenFile file)
    : options_(options), file_(std::move(file)), capacity_bytes_(file_.capacity_bytes) {}

Result<std::unique_ptr<FileDisk>> FileDisk::open(const FileDiskOptions& options) {
  auto file = open_file(options);
  if (!file) return pass_on(file);
  return std::make_unique<FileDisk>(options, std::move(*file));
}

BlockGeometry FileDisk::geometry() const {
  BlockGeometry geometry;
  geometry.capacity_bytes = capacity_bytes_.load(std::memory_order_relaxed);
  geometry.block_bytes = options_.block_bytes;
  geometry.physical_block_bytes = std::max(options_.block_bytes, file_.physical_block_bytes);
  geometry.optimal_io_bytes = file_.optimal_io_bytes;
  geometry.is_read_only = options_.is_read_only;
  geometry.has_volatile_cache = true;
  geometry.can_discard = file_.can_punch && !options_.is_read_only;
  geometry.can_write_zeroes = !options_.is_read_only;
  geometry.discard_alignment_bytes = std::max(options_.block_bytes, file_.discard_alignment_bytes);
  geometry.discard_max_bytes = kDiscardBytesMax;
  geometry.write_zeroes_max_bytes = kZeroesBytesMax;
  return geometry;
}

Result<std::unique_ptr<BlockQueue>> FileDisk::open_queue(Reactor& reactor) { return FileQueue::open(reactor, file_); }

Result<void> FileDisk::look_again() {
  auto size = measure_file(options_.path, file_.fd.get(), file_.is_block_device);
  if (!size) return pass_on(size);
  if (auto checked = check_disk_size(options_.path, *size, options_.block_bytes); !checked) return checked;
  if (capacity_bytes_.exchange(*size, std::memory_order_relaxed) != *size) watcher_.tell();
  return {};
}

Result<void> FileDisk::resize(uint64_t capacity_bytes) {
  if (capacity_bytes == 0) return look_again();
  if (auto checked = check_disk_size(options_.path, capacity_bytes, options_.block_bytes); !checked) return checked;
  if (file_.is_block_device) {
    return fail(ErrorCode::unsupported, "{} is a block device: resize it where it was made, then resize without a size",
                options_.path);
  }
  if (options_.is_read_only) {
    return fail(ErrorCode::permission_denied, "{} is open read-only; make a writable function to resize it",
                options_.path);
  }
  if (::ftruncate(file_.fd.get(), static_cast<off_t>(capacity_bytes)) != 0) {
    const ErrorCode code = errno == ENOSPC || errno == EFBIG || errno == EDQUOT ? ErrorCode::no_space : ErrorCode::io;
    return fail(code, "cannot give {} a size of {} bytes: {}; choose a smaller one", options_.path, capacity_bytes,
                errno_text(errno));
  }
  return look_again();
}

std::string FileDisk::describe() const {
  return fmt::format("{} {}", file_.is_block_device ? "device" : "file", options_.path);
}

}  // namespace laneway
