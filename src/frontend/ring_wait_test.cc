#include "frontend/ring_wait.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(RingWait, KnowsNothingBeforeTheFirstLookAndAfterASleep) {
  RingWait wait;
  EXPECT_EQ(wait.wait_ns(1000), 0u);
  wait.looked(1000);
  EXPECT_EQ(wait.wait_ns(1500), 500u);
  wait.slept();
  EXPECT_EQ(wait.wait_ns(9000), 0u);
}

TEST(RingWait, RemembersSinceWhenChainsWereLeftBehind) {
  RingWait wait;
  wait.looked(1000);
  wait.mark(4, 10, 2000);  // these came after 1000
  wait.looked(2000);
  EXPECT_EQ(wait.wait_ns(3000), 2000u);
  wait.mark(8, 20, 3000);  // two of the ten are still there
  wait.looked(3000);
  EXPECT_EQ(wait.wait_ns(4000), 3000u);
  wait.slept();  // the mark stays: it was not the guest that made them wait
  EXPECT_EQ(wait.wait_ns(5000), 4000u);
  wait.mark(22, 0, 5000);
  wait.looked(5000);
  EXPECT_FALSE(wait.is_marked());
  EXPECT_EQ(wait.wait_ns(5100), 100u);
}

}  // namespace
}  // namespace laneway
