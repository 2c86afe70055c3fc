#include "backend/memory_disk.h"

#include <algorithm>
#include <cstring>

#include "backend/disk_size.h"
#include "backend/polled_queue.h"
#include "base/units.h"

namespace laneway {

namespace {

constexpr uint64_t kReserveBytesMin = 64 * kGiB;
constexpr uint64_t kClearBytesMax = kGiB;  // of one discard: giving pages back takes time
constexpr uint64_t kPrefetchBytes = 256;   // the processor goes on by itself from there; more was measured to be slower
constexpr uint64_t kLineBytes = 64;
// Some microseconds' worth of copying: the guest wakes up for the first requests while the next ones are copied.
constexpr uint64_t kBytesPerTurn = 32 * kKiB;

Result<void> check_options(const MemoryDiskOptions& options) {
  if (auto checked = check_block_size("memory disk", options.block_bytes); !checked) return checked;
  return check_disk_size("memory disk", options.capacity_bytes, options.block_bytes);
}

uint64_t wanted_bytes(const MemoryDiskOptions& options) {
  return std::max(options.capacity_bytes * 2, kReserveBytesMin);
}

class MemoryQueue final : public PolledQueue {
 public:
  explicit MemoryQueue(const MemoryRegion& region) : PolledQueue(kBytesPerTurn), region_(region) {}

 private:
  Status perform(BlockRequest& request) override {
    if (request.op == BlockOp::flush) return Status::ok;
    // The capacity was checked by the caller; the region never becomes smaller than it was.
    if (request.offset_bytes > region_.size_bytes() ||
        request.length_bytes > region_.size_bytes() - request.offset_bytes) {
      return Status::out_of_range;
    }
    switch (request.op) {
      case BlockOp::read:
        return read(request);
      case BlockOp::write:
        return write(request);
      case BlockOp::discard:
      case BlockOp::write_zeroes:
        region_.clear(request.offset_bytes, request.length_bytes);
        return Status::ok;
      case BlockOp::flush:
        break;
    }
    return Status::unsupported;
  }

  // The beginning of the disk's side; the guest's buffers are mostly warm.
  void prefetch(const BlockRequest& request) const override {
    if (request.op > BlockOp::write || request.offset_bytes >= region_.size_bytes()) return;
    const uint8_t* at = region_.at(request.offset_bytes);
    const uint8_t* end = at + std::min(request.length_bytes, kPrefetchBytes);
    for (; at < end; at += kLineBytes) __builtin_prefetch(at);
  }

  Status read(const BlockRequest& request) const {
    const uint8_t* from = region_.at(request.offset_bytes);
    for (const iovec& segment : request.segments) {
      std::memcpy(segment.iov_base, from, segment.iov_len);
      from += segment.iov_len;
    }
    return Status::ok;
  }

  Status write(const BlockRequest& request) const {
    uint8_t* to = region_.at(request.offset_bytes);
    for (const iovec& segment : request.segments) {
      std::memcpy(to, segment.iov_base, segment.iov_len);
      to += segment.iov_len;
    }
    return Status::ok;
  }

  const MemoryRegion& region_;
};

}  // namespace

MemoryDisk::MemoryDisk(const MemoryDiskOptions& options, MemoryRegion region)
    : options_(options), region_(std::move(region)), capacity_bytes_(options.capacity_bytes) {}

Result<std::unique_ptr<MemoryDisk>> MemoryDisk::open(const MemoryDiskOptions& options) {
  if (auto checked = check_options(options); !checked) return pass_on(checked);
  auto region = MemoryRegion::reserve(wanted_bytes(options), options.capacity_bytes);
  if (!region) return pass_on(region);
  return std::make_unique<MemoryDisk>(options, std::move(*region));
}

Result<UniqueFd> MemoryDisk::create_file(const MemoryDiskOptions& options) {
  if (auto checked = check_options(options); !checked) return pass_on(checked);
  return MemoryRegion::create_file(wanted_bytes(options), options.capacity_bytes);
}

Result<std::unique_ptr<MemoryDisk>> MemoryDisk::open_file(const MemoryDiskOptions& options, const UniqueFd& file) {
  if (auto checked = check_options(options); !checked) return pass_on(checked);
  auto region = MemoryRegion::map(file, options.capacity_bytes);
  if (!region) return pass_on(region);
  return std::make_unique<MemoryDisk>(options, std::move(*region));
}

BlockGeometry MemoryDisk::geometry() const {
  BlockGeometry geometry;
  geometry.capacity_bytes = capacity_bytes_.load(std::memory_order_relaxed);
  geometry.block_bytes = options_.block_bytes;
  geometry.physical_block_bytes = std::max(options_.block_bytes, uint32_t{4096});
  geometry.is_read_only = options_.is_read_only;
  geometry.has_volatile_cache = false;
  geometry.can_discard = !options_.is_read_only;
  geometry.can_write_zeroes = !options_.is_read_only;
  geometry.discard_alignment_bytes = options_.block_bytes;
  geometry.discard_max_bytes = kClearBytesMax;
  geometry.write_zeroes_max_bytes = kClearBytesMax;
  return geometry;
}

Result<std::unique_ptr<BlockQueue>> MemoryDisk::open_queue(Reactor& /*reactor*/) {
  return std::make_unique<MemoryQueue>(region_);
}

Result<void> MemoryDisk::resize(uint64_t capacity_bytes) {
  if (capacity_bytes == 0) return {};
  if (auto checked = check_disk_size("memory disk", capacity_bytes, options_.block_bytes); !checked) return checked;
  if (capacity_bytes > region_.size_bytes()) {
    return fail(ErrorCode::no_space,
                "memory disk: {} bytes is more than the {} reserved when it was made; make a new one", capacity_bytes,
                region_.size_bytes());
  }
  const uint64_t former = capacity_bytes_.exchange(capacity_bytes, std::memory_order_relaxed);
  // What is cut off reads as zeroes when the disk grows again.
  if (capacity_bytes < former) region_.clear(capacity_bytes, former - capacity_bytes);
  if (capacity_bytes != former) watcher_.tell();
  return {};
}

}  // namespace laneway
