#include "virtio/blk.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace laneway {
namespace {

// Segments over plain memory: readable bytes in pieces of `piece`, then writable ones.
struct Pieces {
  Pieces(size_t readable, size_t writable, size_t piece) : bytes(readable + writable) {
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
    for (size_t at = 0; at < readable; at += piece) add(at, std::min(piece, readable - at));
    segments.readable_count = segments.count;
    for (size_t at = readable; at < bytes.size(); at += piece) add(at, std::min(piece, bytes.size() - at));
    segments.readable_bytes = readable;
    segments.writable_bytes = writable;
  }
  void add(size_t at, size_t length) { segments.list[segments.count++] = {bytes.data() + at, length}; }
  std::vector<uint8_t> bytes;
  ChainSegments segments;
};

TEST(BlkConfig, FieldsLieWhereTheSpecificationPutsThem) {
  EXPECT_EQ(offsetof(BlkConfigWire, size_max), 8u);
  EXPECT_EQ(offsetof(BlkConfigWire, seg_max), 12u);
  EXPECT_EQ(offsetof(BlkConfigWire, cylinders), 16u);
  EXPECT_EQ(offsetof(BlkConfigWire, blk_size), 20u);
  EXPECT_EQ(offsetof(BlkConfigWire, physical_block_exponent), 24u);
  EXPECT_EQ(offsetof(BlkConfigWire, optimal_io_blocks), 28u);
  EXPECT_EQ(offsetof(BlkConfigWire, writeback), 32u);
  EXPECT_EQ(offsetof(BlkConfigWire, queues), 34u);
  EXPECT_EQ(offsetof(BlkConfigWire, max_discard_sectors), 36u);
  EXPECT_EQ(offsetof(BlkConfigWire, max_discard_segments), 40u);
  EXPECT_EQ(offsetof(BlkConfigWire, discard_sector_alignment), 44u);
  EXPECT_EQ(offsetof(BlkConfigWire, max_write_zeroes_sectors), 48u);
  EXPECT_EQ(offsetof(BlkConfigWire, max_write_zeroes_segments), 52u);
  EXPECT_EQ(offsetof(BlkConfigWire, write_zeroes_may_unmap), 56u);
  EXPECT_EQ(offsetof(BlkConfigWire, zoned_model), 92u);
}

TEST(BlkDecode, FindsHeaderDataAndStatusHoweverTheyAreSplit) {
  for (size_t piece = 1; piece <= 64; ++piece) {
    Pieces write(16 + 40, 1, piece);
    BlkRequestView view;
    ASSERT_EQ(decode_blk_request(write.segments, view), RingFault::none) << piece;
    EXPECT_EQ(view.header.type, load_le<uint32_t>(write.bytes, 0));
    EXPECT_EQ(view.header.sector, load_le<uint64_t>(write.bytes, 8));
    EXPECT_EQ(view.to_device_bytes, 40u);
    EXPECT_EQ(view.from_device_bytes, 0u);
    std::vector<uint8_t> data(40);
    EXPECT_EQ(gather_bytes(view.to_device, data), 40u);
    EXPECT_EQ(data[0], 16);
    EXPECT_EQ(data[39], 55);
    EXPECT_EQ(view.status, &write.bytes.back());
    EXPECT_TRUE(view.from_device.empty());

    Pieces read(16, 33, piece);
    ASSERT_EQ(decode_blk_request(read.segments, view), RingFault::none) << piece;
    EXPECT_TRUE(view.to_device.empty());
    EXPECT_EQ(view.from_device_bytes, 32u);
    std::vector<uint8_t> pattern(32, 0xee);
    EXPECT_EQ(scatter_bytes(pattern, view.from_device), 32u);
    EXPECT_EQ(read.bytes[47], 0xee);
    EXPECT_EQ(read.bytes[48], 48) << "the status byte is not data";
    EXPECT_EQ(view.status, &read.bytes.back());
  }
}

TEST(BlkDecode, RejectsChainWithoutStatusByte) {
  Pieces pieces(32, 0, 16);
  BlkRequestView view;
  EXPECT_EQ(decode_blk_request(pieces.segments, view), RingFault::no_status);
}

TEST(BlkDecode, RejectsChainWithoutWholeHeader) {
  Pieces pieces(15, 1, 16);
  BlkRequestView view;
  EXPECT_EQ(decode_blk_request(pieces.segments, view), RingFault::no_header);
  Pieces none(0, 20, 16);
  EXPECT_EQ(decode_blk_request(none.segments, view), RingFault::no_header);
}

TEST(BlkRange, IsExactlyOneSegment) {
  const BlkRangeWire wire{123, 45, 1};
  std::vector<uint8_t> bytes(bytes_of(wire).begin(), bytes_of(wire).end());
  bytes.resize(32);
  const iovec split[] = {{bytes.data(), 3}, {bytes.data() + 3, 13}};
  BlkRangeWire out;
  ASSERT_TRUE(decode_blk_range(split, 16, out));
  EXPECT_EQ(out.sector, 123u);
  EXPECT_EQ(out.sectors, 45u);
  EXPECT_EQ(out.flags, 1u);
  const iovec two[] = {{bytes.data(), 32}};
  EXPECT_FALSE(decode_blk_range(two, 32, out));
  EXPECT_FALSE(decode_blk_range(split, 15, out));
  EXPECT_FALSE(decode_blk_range({}, 0, out));
}

}  // namespace
}  // namespace laneway
