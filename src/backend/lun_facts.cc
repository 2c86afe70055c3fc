#include "backend/lun_facts.h"

#include <algorithm>

namespace laneway {

namespace {

// Longer ranges are split on the way; a guest that asks for more at once waits for too long on one request.
constexpr uint64_t kRangeBytesMax = kGiB;

}  // namespace

BlockGeometry geometry_of(const LunFacts& facts, bool is_read_only) {
  const LunLimits& limits = facts.limits;
  BlockGeometry geometry;
  geometry.capacity_bytes = limits.capacity_bytes;
  geometry.block_bytes = limits.block_bytes;
  geometry.physical_block_bytes = std::max(facts.physical_block_bytes, limits.block_bytes);
  geometry.optimal_io_bytes = facts.optimal_io_bytes;
  geometry.is_read_only = is_read_only || facts.is_write_protected;
  geometry.has_volatile_cache = limits.has_volatile_cache;
  geometry.can_discard = !geometry.is_read_only && (limits.has_unmap || limits.has_write_same_unmap);
  geometry.can_write_zeroes = !geometry.is_read_only && limits.has_write_same;
  geometry.discard_alignment_bytes = std::max(facts.unmap_granularity_bytes, limits.block_bytes);
  geometry.discard_max_bytes = geometry.can_discard ? kRangeBytesMax : 0;
  geometry.write_zeroes_max_bytes = geometry.can_write_zeroes ? kRangeBytesMax : 0;
  return geometry;
}

}  // namespace laneway
