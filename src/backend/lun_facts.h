#pragma once
// LunFacts is what a target told about one of its disks: who it is, how large, what it can do. Plain values, kept by
// devices and by the desired state, so that a function exists again before its target answers. Any thread, one at a
// time.

#include <cstdint>
#include <string>

#include "block/block.h"

namespace laneway {

// What the data path needs to know. Sizes in bytes; 0 in a limit: none was told.
struct LunLimits {
  uint32_t block_bytes = 512;
  uint64_t capacity_bytes = 0;
  uint64_t transfer_max_bytes = 0;
  uint64_t unmap_max_bytes = 0;
  uint64_t write_same_max_bytes = 0;
  bool has_volatile_cache = true;
  bool is_cache_known = true;  // the target told whether it has one
  bool has_fua = false;
  bool has_unmap = false;
  bool has_write_same = false;
  bool has_write_same_unmap = false;
  bool reads_zero_when_unmapped = false;
};

struct LunFacts {
  uint32_t lun = 0;
  std::string identity;  // of VPD page 0x83, else made of the serial number; empty: the disk has no name of its own
  std::string vendor;
  std::string product;
  std::string serial;
  uint32_t physical_block_bytes = 512;
  uint32_t optimal_io_bytes = 0;
  uint32_t unmap_granularity_bytes = 0;
  bool is_write_protected = false;
  LunLimits limits;
};

BlockGeometry geometry_of(const LunFacts& facts, bool is_read_only);

}  // namespace laneway
