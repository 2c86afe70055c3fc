#pragma once
// Workload is what a guest wants of its disk: random operations, sizes and places, many of them on the same few sectors
// so that they overlap. Owned by a guest of the simulation.

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "sim/disk_model.h"

namespace laneway::sim {

struct WorkloadOptions {
  uint32_t block_sectors = 1;  // sizes and places are multiples of this
  uint32_t sectors_max = 512;  // of one operation
  uint32_t depth = 16;         // operations in flight
  uint64_t think_max_ns = 300 * 1000;
  uint64_t operations = 2000;  // in all
  bool can_discard = true;
  bool can_write_zeroes = true;
  bool is_read_only = false;
  std::optional<ModelOp> favourite;  // two of three operations; the others are writes
};

struct Wish {
  ModelOp kind = ModelOp::read;
  Extent extent;
};

class Workload {
 public:
  Workload(const WorkloadOptions& options, Random& random) : options_(options), random_(random) {}

  const WorkloadOptions& options() const { return options_; }
  // The next operation on a disk of that size.
  Wish next(uint64_t disk_sectors);
  uint64_t think_ns() { return random_.below(options_.think_max_ns + 1); }

 private:
  Extent extent(uint64_t disk_sectors);
  ModelOp kind();

  const WorkloadOptions options_;
  Random& random_;
};

}  // namespace laneway::sim
