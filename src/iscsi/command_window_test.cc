#include "iscsi/command_window.h"

#include <gtest/gtest.h>

namespace laneway::iscsi {
namespace {

TEST(CommandWindow, IsClosedUntilTheTargetSpeaks) {
  CommandWindow window;
  EXPECT_FALSE(window.is_open());
  window.update(1, 1);
  EXPECT_TRUE(window.is_open());
  EXPECT_EQ(window.take(), 1u);
  EXPECT_FALSE(window.is_open());
}

TEST(CommandWindow, NumbersCommandsAcrossTheWrap) {
  CommandWindow window(UINT32_MAX - 1);
  window.update(UINT32_MAX - 1, 1);
  for (const uint32_t cmd_sn : {UINT32_MAX - 1, UINT32_MAX, 0u, 1u}) {
    ASSERT_TRUE(window.is_open());
    EXPECT_EQ(window.take(), cmd_sn);
  }
  EXPECT_FALSE(window.is_open());
}

TEST(CommandWindow, IgnoresWhatRfc7143Section4221Does) {
  CommandWindow window;
  window.update(1, 10);
  window.update(5, 3);  // MaxCmdSN below ExpCmdSN - 1: both are ignored
  window.update(1, 4);  // going backwards
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(window.is_open());
    window.take();
  }
  EXPECT_FALSE(window.is_open());
  window.update(11, 10);  // closed by the target, in order
  EXPECT_FALSE(window.is_open());
  window.update(11, 11);
  EXPECT_TRUE(window.is_open());
}

}  // namespace
}  // namespace laneway::iscsi
