#include "backend/sending_pauses.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

using Why = SendingPauses::Why;

TEST(SendingPauses, SayHowMuchOfATimeTheyTook) {
  SendingPauses pauses;
  pauses.begin(Why::no_path, 100);
  pauses.begin(Why::no_path, 150);  // it runs
  EXPECT_EQ(pauses.within_ns(Why::no_path, 120, 180), 60u);
  pauses.begin(Why::fence, 200);  // there is a session, but it may not be used yet
  EXPECT_TRUE(pauses.is_running());
  pauses.end(260);
  EXPECT_FALSE(pauses.is_running());
  EXPECT_EQ(pauses.within_ns(Why::no_path, 0, 1000), 100u);
  EXPECT_EQ(pauses.within_ns(Why::fence, 0, 1000), 60u);
  EXPECT_EQ(pauses.within_ns(Why::fence, 230, 1000), 30u);
  EXPECT_EQ(pauses.within_ns(Why::fence, 300, 1000), 0u);
}

TEST(SendingPauses, AFenceThatFindsNoSessionIsAPauseForOneAgain) {
  SendingPauses pauses;
  pauses.begin(Why::fence, 100);
  pauses.begin(Why::no_path, 200);
  pauses.begin(Why::fence, 300);
  pauses.end(400);
  EXPECT_EQ(pauses.within_ns(Why::no_path, 0, 1000), 100u);
  EXPECT_EQ(pauses.within_ns(Why::fence, 0, 1000), 100u);  // the last one of a kind
}

}  // namespace
}  // namespace laneway
