#include "iscsi/data_cursor.h"

#include <gtest/gtest.h>

#include <vector>

namespace laneway::iscsi {
namespace {

struct Memory {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(10);
  std::vector<iovec> pieces;
  DataCursor cursor;

  Memory() {
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
    // Pieces of 0, 3, 0, 0, 5, 2, 0 bytes.
    const size_t sizes[] = {0, 3, 0, 0, 5, 2, 0};
    size_t offset = 0;
    for (const size_t size : sizes) {
      pieces.push_back({bytes.data() + offset, size});
      offset += size;
    }
    cursor.reset(pieces);
  }
};

TEST(DataCursor, CopiesOverPiecesOfAnySizeInAnyPortions) {
  for (size_t portion = 1; portion <= 10; ++portion) {
    Memory memory;
    std::vector<uint8_t> out;
    while (out.size() < 10) {
      std::vector<uint8_t> part(std::min(portion, 10 - out.size()));
      memory.cursor.copy_out(part);
      out.insert(out.end(), part.begin(), part.end());
      EXPECT_EQ(memory.cursor.position_bytes(), out.size());
    }
    EXPECT_EQ(out, memory.bytes);
  }
}

TEST(DataCursor, CopiesIn) {
  Memory memory;
  const std::vector<uint8_t> news{100, 101, 102, 103, 104, 105};
  memory.cursor.skip(2);
  memory.cursor.copy_in(news);
  EXPECT_EQ(memory.bytes, (std::vector<uint8_t>{0, 1, 100, 101, 102, 103, 104, 105, 8, 9}));
}

TEST(DataCursor, LendsPiecesWithoutEmptyOnes) {
  Memory memory;
  std::vector<iovec> lent(8);
  auto all = memory.cursor.lend(10, lent);
  EXPECT_EQ(all.pieces, 3u);
  EXPECT_EQ(all.bytes, 10u);
  memory.cursor.skip(1);
  auto some = memory.cursor.lend(4, lent);
  EXPECT_EQ(some.pieces, 2u);
  EXPECT_EQ(some.bytes, 4u);
  EXPECT_EQ(lent[0].iov_base, memory.bytes.data() + 1);
  EXPECT_EQ(lent[1].iov_len, 2u);
  auto few = memory.cursor.lend(10, std::span(lent).first(1));
  EXPECT_EQ(few.bytes, 2u);
  EXPECT_EQ(memory.cursor.position_bytes(), 1u);
  EXPECT_EQ(memory.cursor.lend(0, lent).pieces, 0u);
}

}  // namespace
}  // namespace laneway::iscsi
