#include "backend/segment_cursor.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace laneway {

namespace {

class SegmentCursorTest : public testing::Test {
 protected:
  SegmentCursorTest() { std::iota(bytes_.begin(), bytes_.end(), uint8_t{0}); }
  iovec piece(size_t offset, size_t length) { return {bytes_.data() + offset, length}; }

  std::array<uint8_t, 100> bytes_{};
};

TEST_F(SegmentCursorTest, HandsOutTheRequestsOwnSegmentsAtAStart) {
  const std::array segments{piece(0, 10), piece(20, 5)};
  const SegmentCursor cursor(segments);
  std::array<iovec, 4> storage{};
  const auto remaining = cursor.remaining(storage);
  EXPECT_EQ(remaining.data(), segments.data());
  EXPECT_EQ(remaining.size(), 2u);
}

TEST_F(SegmentCursorTest, CutsTheFirstSegmentInTheMiddle) {
  const std::array segments{piece(0, 10), piece(20, 5), piece(50, 7)};
  SegmentCursor cursor(segments);
  cursor.advance(12);
  std::array<iovec, 4> storage{};
  const auto remaining = cursor.remaining(storage);
  ASSERT_EQ(remaining.size(), 2u);
  EXPECT_EQ(remaining[0].iov_base, bytes_.data() + 22);
  EXPECT_EQ(remaining[0].iov_len, 3u);
  EXPECT_EQ(remaining[1].iov_len, 7u);
}

TEST_F(SegmentCursorTest, HandsOutNoMoreThanTheStorageHolds) {
  const std::array segments{piece(0, 10), piece(20, 5), piece(50, 7)};
  SegmentCursor cursor(segments);
  cursor.advance(1);
  std::array<iovec, 2> storage{};
  EXPECT_EQ(cursor.remaining(storage).size(), 2u);
}

TEST_F(SegmentCursorTest, CopiesAcrossSegmentsAndEmptyOnes) {
  const std::array segments{piece(0, 3), piece(10, 0), piece(20, 4)};
  SegmentCursor cursor(segments);
  cursor.advance(2);
  std::array<uint8_t, 4> copied{};
  cursor.copy_to(copied);
  EXPECT_EQ(copied, (std::array<uint8_t, 4>{2, 20, 21, 22}));
  cursor.copy_from(std::array<uint8_t, 4>{0xa0, 0xa1, 0xa2, 0xa3});
  EXPECT_EQ(bytes_[2], 0xa0);
  EXPECT_EQ(bytes_[20], 0xa1);
  EXPECT_EQ(bytes_[22], 0xa3);
  EXPECT_EQ(bytes_[23], 23);
}

TEST_F(SegmentCursorTest, EndsAtTheEnd) {
  const std::array segments{piece(0, 3), piece(20, 4), piece(30, 0)};
  SegmentCursor cursor(segments);
  cursor.advance(7);
  std::array<iovec, 2> storage{};
  EXPECT_TRUE(cursor.remaining(storage).empty());
}

}  // namespace

}  // namespace laneway
