// An engine that ends in an orderly way and leaves its device to a successor: nobody is disconnected, and what could
// not finish in time is finished by the successor.
#include <gtest/gtest.h>

#include "frontend/testing/death_lab.h"

namespace laneway {
namespace {

class HandOverTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(guest_.attach()); }
  void begin_write(uint8_t mark) {
    ASSERT_TRUE(guest_.disk().write(mark, std::vector<uint8_t>(512, mark)).has_value());
    guest_.publish();
  }
  bool finishes_write(uint8_t mark) {
    std::optional<FakeBlkDriver::Finished> finished;
    if (!lab_.stage().turn_until([&] { return (finished = guest_.disk().take_finished()).has_value(); })) return false;
    return finished->status == 0 && lab_.disk().content[512u * mark] == mark;
  }

  DeathLab lab_{{}};
  BenchGuest guest_{lab_.stage(), lab_.path(), {}};
};

TEST_F(HandOverTest, LeavesADeviceThatIsAtRestToASuccessor) {
  begin_write(1);
  ASSERT_TRUE(finishes_write(1));
  EXPECT_TRUE(lab_.hand_over(10 * kSecond));
  EXPECT_TRUE(lab_.shelf().take().record.is_settled) << "without waiting for the time to pass";
  EXPECT_FALSE(guest_.socket().receive().has_value());
  EXPECT_FALSE(guest_.socket().is_at_end());
  begin_write(2);  // nobody is there
  lab_.succeed();
  EXPECT_TRUE(finishes_write(2));
  EXPECT_FALSE(lab_.shelf().take().record.is_settled) << "no later engine may believe it";
  EXPECT_TRUE(guest_.ask(FakeFrontend::get_features()).has_value());
}

TEST_F(HandOverTest, LetsFinishWhatCan) {
  lab_.disk().is_stalled = true;
  begin_write(1);
  ASSERT_TRUE(lab_.stage().turn_until([&] { return lab_.disk().waiting == 1; }));
  lab_.service().hand_over(10 * kSecond);
  lab_.stage().turn(50);
  EXPECT_FALSE(lab_.service().is_handed_over());
  begin_write(2);
  lab_.stage().turn(50);
  EXPECT_EQ(lab_.disk().waiting, 1u) << "what comes now is not taken";
  lab_.disk().is_stalled = false;
  EXPECT_TRUE(finishes_write(1));
  ASSERT_TRUE(lab_.stage().turn_until([&] { return lab_.service().is_handed_over(); }));
  EXPECT_TRUE(lab_.shelf().take().record.is_settled);
  lab_.kill();
  EXPECT_TRUE(finishes_write(2));
}

TEST_F(HandOverTest, LeavesWhatDoesNotFinishInTimeUnfinished) {
  lab_.disk().is_stalled = true;
  begin_write(1);
  ASSERT_TRUE(lab_.stage().turn_until([&] { return lab_.disk().waiting == 1; }));
  EXPECT_FALSE(lab_.hand_over(kMillisecond)) << "a successor must wait for the end of this process";
  EXPECT_FALSE(lab_.shelf().take().record.is_settled);
  lab_.disk().is_stalled = false;
  EXPECT_FALSE(guest_.disk().take_finished().has_value());
  lab_.succeed();
  EXPECT_TRUE(finishes_write(1));
}

TEST_F(HandOverTest, LeavesAMessageThatWaitsInItsSocket) {
  lab_.disk().is_stalled = true;
  begin_write(1);
  ASSERT_TRUE(lab_.stage().turn_until([&] { return lab_.disk().waiting == 1; }));
  guest_.socket().send(FakeFrontend::get_vring_base(0));
  ASSERT_TRUE(lab_.stage().turn_until([&] { return lab_.service().device()->machine().is_waiting(); }));
  lab_.hand_over(kMillisecond);
  lab_.disk().is_stalled = false;
  lab_.succeed();
  std::optional<FakeMessage> answer;
  ASSERT_TRUE(lab_.stage().turn_until([&] { return (answer = guest_.socket().receive()).has_value(); }));
  EXPECT_EQ(answer->request(), 11u);
  EXPECT_EQ(answer->number() >> 32, 1u);
  EXPECT_TRUE(guest_.disk().take_finished().has_value());
}

TEST_F(HandOverTest, AMessageOnItsWayIsTakenOnce) {
  for (uint32_t turns = 0; turns < 12; ++turns) {
    guest_.socket().send(FakeFrontend::get_config(0, 60));
    lab_.stage().turn(turns);
    lab_.hand_over(10 * kSecond);
    lab_.succeed();
    std::optional<FakeMessage> answer;
    ASSERT_TRUE(lab_.stage().turn_until([&] { return (answer = guest_.socket().receive()).has_value(); })) << turns;
    EXPECT_EQ(answer->request(), 24u);
    const auto next = guest_.ask(FakeFrontend::get_features());
    ASSERT_TRUE(next.has_value()) << turns;
  }
}

TEST_F(HandOverTest, ADiskThatOwesAFenceIsNotSettled) {
  lab_.disk().owes_fence = true;
  lab_.hand_over(kMillisecond);
  EXPECT_FALSE(lab_.shelf().take().record.is_settled);
  lab_.succeed();
  begin_write(1);
  EXPECT_TRUE(finishes_write(1));
}

TEST_F(HandOverTest, WithoutADeviceItEndsAtOnce) {
  guest_.socket().close();
  ASSERT_TRUE(lab_.stage().turn_until([&] { return lab_.service().device() == nullptr; }));
  EXPECT_TRUE(lab_.hand_over(10 * kSecond));
  EXPECT_FALSE(lab_.shelf().has_device);
}

TEST(HandOver, OfAFunctionThatNobodyIsAttachedToStillWaitsForItsClose) {
  DeathLab lab({});
  lab.stage().turn(50);  // a front-end may connect
  lab.service().hand_over(10 * kSecond);
  EXPECT_TRUE(lab.service().is_handed_over());
  lab.stage().turn(50);  // its accept has ended, and nobody has asked for more
}

}  // namespace
}  // namespace laneway
