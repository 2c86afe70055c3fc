#pragma once
// The device's side of virtio-blk on the wire (virtio 1.2, 5.2): configuration space, request headers and their data
// over arbitrarily split descriptors, discard and write-zeroes segments. Pure functions over bytes. Any thread.

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "virtio/chain.h"

namespace laneway {

// Feature bits of the device type and of the transport, as masks.
namespace blk_feature {
inline constexpr uint64_t kSizeMax = 1ull << 1;
inline constexpr uint64_t kSegMax = 1ull << 2;
inline constexpr uint64_t kGeometry = 1ull << 4;
inline constexpr uint64_t kReadOnly = 1ull << 5;
inline constexpr uint64_t kBlkSize = 1ull << 6;
inline constexpr uint64_t kFlush = 1ull << 9;
inline constexpr uint64_t kTopology = 1ull << 10;
inline constexpr uint64_t kConfigWce = 1ull << 11;
inline constexpr uint64_t kMultiQueue = 1ull << 12;
inline constexpr uint64_t kDiscard = 1ull << 13;
inline constexpr uint64_t kWriteZeroes = 1ull << 14;
}  // namespace blk_feature
namespace virtio_feature {
inline constexpr uint64_t kIndirectDescriptors = 1ull << 28;
inline constexpr uint64_t kEventIndex = 1ull << 29;
inline constexpr uint64_t kVersion1 = 1ull << 32;
}  // namespace virtio_feature

enum class BlkType : uint32_t { in = 0, out = 1, flush = 4, get_id = 8, discard = 11, write_zeroes = 13 };
enum class BlkStatus : uint8_t { ok = 0, io_error = 1, unsupported = 2 };

inline constexpr uint32_t kBlkSectorBytes = 512;  // the unit of every sector number on this wire
inline constexpr uint32_t kBlkIdBytes = 20;

// Configuration space (5.2.4); little endian, laid out without holes.
struct BlkConfigWire {
  uint64_t capacity_sectors = 0;
  uint32_t size_max = 0;
  uint32_t seg_max = 0;
  uint16_t cylinders = 0;
  uint8_t heads = 0;
  uint8_t sectors = 0;
  uint32_t blk_size = 0;
  uint8_t physical_block_exponent = 0;
  uint8_t alignment_offset = 0;
  uint16_t min_io_blocks = 0;
  uint32_t optimal_io_blocks = 0;
  uint8_t writeback = 0;
  uint8_t unused0 = 0;
  uint16_t queues = 0;
  uint32_t max_discard_sectors = 0;
  uint32_t max_discard_segments = 0;
  uint32_t discard_sector_alignment = 0;
  uint32_t max_write_zeroes_sectors = 0;
  uint32_t max_write_zeroes_segments = 0;
  uint8_t write_zeroes_may_unmap = 0;
  uint8_t unused1[3] = {};
  uint32_t max_secure_erase_sectors = 0;
  uint32_t max_secure_erase_segments = 0;
  uint32_t secure_erase_sector_alignment = 0;
  uint32_t zone_sectors = 0;
  uint32_t max_open_zones = 0;
  uint32_t max_active_zones = 0;
  uint32_t max_append_sectors = 0;
  uint32_t write_granularity = 0;
  uint8_t zoned_model = 0;
  uint8_t unused2[3] = {};
};
static_assert(sizeof(BlkConfigWire) == 96);
inline constexpr uint32_t kBlkConfigWritebackOffset = 32;

struct BlkHeaderWire {
  uint32_t type = 0;
  uint32_t priority = 0;  // ignored
  uint64_t sector = 0;
};
static_assert(sizeof(BlkHeaderWire) == 16);

// A request as it lies in a chain: its header copied, its data still in place.
struct BlkRequestView {
  BlkHeaderWire header;
  std::span<iovec> to_device;    // after the header
  std::span<iovec> from_device;  // before the status byte
  uint64_t to_device_bytes = 0;
  uint64_t from_device_bytes = 0;
  uint8_t* status = nullptr;  // the last writable byte
};

// Splits a chain into header, data and status. Trims the chain's segments in place; the view refers to them.
// 5.2.6; framing is free (2.7.4.1), so that any part may be spread over any number of descriptors.
RingFault decode_blk_request(ChainSegments& segments, BlkRequestView& out);

// One segment of a DISCARD or WRITE_ZEROES request (5.2.6).
struct BlkRangeWire {
  uint64_t sector = 0;
  uint32_t sectors = 0;
  uint32_t flags = 0;
};
static_assert(sizeof(BlkRangeWire) == 16);
inline constexpr uint32_t kBlkRangeUnmap = 1;  // write-zeroes only

// The single range of such a request (we announce one segment); false where the data is not exactly one segment.
[[nodiscard]] bool decode_blk_range(std::span<const iovec> to_device, uint64_t bytes, BlkRangeWire& out);

// Copies bytes out of, or into, a list of segments; both stop at the shorter side and return the number copied.
uint64_t gather_bytes(std::span<const iovec> from, ByteSpan into);
uint64_t scatter_bytes(ByteView from, std::span<const iovec> into);

}  // namespace laneway
