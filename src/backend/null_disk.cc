#include "backend/null_disk.h"

#include "backend/disk_size.h"
#include "backend/polled_queue.h"

namespace laneway {

namespace {

class NullQueue final : public PolledQueue {
 public:
  NullQueue() : PolledQueue(UINT64_MAX) {}

 private:
  Status perform(BlockRequest& /*request*/) override { return Status::ok; }
};

}  // namespace

NullDisk::NullDisk(const NullDiskOptions& options) : options_(options), capacity_bytes_(options.capacity_bytes) {}

Result<std::unique_ptr<NullDisk>> NullDisk::open(const NullDiskOptions& options) {
  if (auto checked = check_block_size("null disk", options.block_bytes); !checked) return pass_on(checked);
  if (auto checked = check_disk_size("null disk", options.capacity_bytes, options.block_bytes); !checked) {
    return pass_on(checked);
  }
  return std::make_unique<NullDisk>(options);
}

BlockGeometry NullDisk::geometry() const {
  BlockGeometry geometry;
  geometry.capacity_bytes = capacity_bytes_.load(std::memory_order_relaxed);
  geometry.block_bytes = options_.block_bytes;
  geometry.physical_block_bytes = options_.block_bytes;
  geometry.is_read_only = options_.is_read_only;
  geometry.has_volatile_cache = false;
  geometry.can_discard = !options_.is_read_only;
  geometry.can_write_zeroes = !options_.is_read_only;
  geometry.discard_alignment_bytes = options_.block_bytes;
  geometry.discard_max_bytes = kGiB;
  geometry.write_zeroes_max_bytes = kGiB;
  return geometry;
}

Result<std::unique_ptr<BlockQueue>> NullDisk::open_queue(Reactor& /*reactor*/) { return std::make_unique<NullQueue>(); }

Result<void> NullDisk::resize(uint64_t capacity_bytes) {
  if (capacity_bytes == 0) return {};
  if (auto checked = check_disk_size("null disk", capacity_bytes, options_.block_bytes); !checked) return checked;
  if (capacity_bytes_.exchange(capacity_bytes, std::memory_order_relaxed) != capacity_bytes) watcher_.tell();
  return {};
}

}  // namespace laneway
