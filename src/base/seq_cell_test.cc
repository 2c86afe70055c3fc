#include "base/seq_cell.h"

#include <gtest/gtest.h>

#include <thread>

namespace laneway {
namespace {

struct Value {
  uint64_t a = 0;
  uint64_t b = 0;
  uint64_t c = 0;
};

TEST(SeqCell, HasNothingUntilItIsWritten) {
  SeqCell<Value> cell;
  EXPECT_FALSE(cell.read().has_value());
  cell.write({1, 2, 3});
  ASSERT_TRUE(cell.read().has_value());
  EXPECT_EQ(cell.read()->c, 3u);
}

TEST(SeqCell, NeverShowsHalfOfAValue) {
  SeqCell<Value> cell;
  std::thread writer([&cell] {
    for (uint64_t i = 1; i <= 20'000; ++i) cell.write({i, 2 * i, 3 * i});
  });
  uint64_t last = 0;
  while (last < 20'000) {
    const auto seen = cell.read();
    if (!seen) continue;
    EXPECT_EQ(seen->b, 2 * seen->a);
    EXPECT_EQ(seen->c, 3 * seen->a);
    EXPECT_GE(seen->a, last);
    last = seen->a;
  }
  writer.join();
}

}  // namespace
}  // namespace laneway
