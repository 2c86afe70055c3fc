#include "sim/workload.h"

#include <algorithm>

namespace laneway::sim {

ModelOp Workload::kind() {
  if (options_.favourite) return random_.one_in(3) ? ModelOp::write : *options_.favourite;
  const uint64_t dice = random_.below(100);
  if (dice < 45 || options_.is_read_only) return ModelOp::read;
  if (dice < 85) return ModelOp::write;
  if (dice < 92) return ModelOp::flush;
  if (dice < 96 && options_.can_discard) return ModelOp::discard;
  return options_.can_write_zeroes ? ModelOp::write_zeroes : ModelOp::write;
}

Extent Workload::extent(uint64_t disk_sectors) {
  const uint64_t block = options_.block_sectors;
  const uint64_t disk = disk_sectors / block;
  const uint64_t longest = std::max<uint64_t>(1, options_.sectors_max / block);
  uint64_t length = 1 + random_.below(std::min<uint64_t>(longest, 16));
  if (random_.one_in(8)) length = 1 + random_.below(longest);
  length = std::min(length, disk);
  // A third of all goes to the same narrow place.
  const uint64_t range = random_.one_in(3) ? std::min<uint64_t>(disk - length, 24) : disk - length;
  const uint64_t start = random_.below(range + 1);
  return {start * block, static_cast<uint32_t>(length * block)};
}

Wish Workload::next(uint64_t disk_sectors) {
  Wish wish;
  wish.kind = kind();
  if (wish.kind != ModelOp::flush) wish.extent = extent(disk_sectors);
  return wish;
}

}  // namespace laneway::sim
