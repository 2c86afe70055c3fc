#include "iscsi/keep_alive.h"

#include <gtest/gtest.h>

namespace laneway::iscsi {
namespace {

TEST(KeepAlive, PingsAfterSilenceAndGivesUpAfterMore) {
  KeepAlive alive(5, 3);
  alive.heard(100);
  EXPECT_EQ(alive.next_deadline_ns(), 105u);
  EXPECT_FALSE(alive.is_ping_due(104));
  EXPECT_TRUE(alive.is_ping_due(105));
  alive.pinged(105);
  EXPECT_FALSE(alive.is_ping_due(200));
  EXPECT_EQ(alive.next_deadline_ns(), 108u);
  EXPECT_FALSE(alive.is_dead(107));
  EXPECT_TRUE(alive.is_dead(108));
}

TEST(KeepAlive, TakesAnyByteAsASignOfLife) {
  KeepAlive alive(5, 3);
  alive.heard(100);
  alive.pinged(105);
  alive.heard(107);
  EXPECT_FALSE(alive.is_dead(109));
  EXPECT_TRUE(alive.is_dead(110));
  alive.answered();
  EXPECT_FALSE(alive.is_dead(1000));
  EXPECT_EQ(alive.next_deadline_ns(), 112u);
}

TEST(KeepAlive, IsOffWithoutAnInterval) {
  const KeepAlive alive(0, 3);
  EXPECT_EQ(alive.next_deadline_ns(), kNever);
  EXPECT_FALSE(alive.is_ping_due(1000));
}

}  // namespace
}  // namespace laneway::iscsi
