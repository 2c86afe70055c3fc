#include "backend/receive_pause.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace laneway {
namespace {

TEST(ReceivePause, LetsAnswersGatherWhereTheyComeOneByOne) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 32, i * 25 * kMicrosecond);
  EXPECT_NEAR(static_cast<double>(pause.next_ns(24)), 240e3, 10e3) << "two fifths of 24 times 25 us";
  pause.received(10 * 4144, 10, 32, 51 * 25 * kMicrosecond + 250 * kMicrosecond);
  EXPECT_GT(pause.next_ns(22), 0u) << "it was the pause that made them many";
}

TEST(ReceivePause, ReceivesAtOnceWhereAnswersComeInBatchesOrFewAreUnderWay) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(16 * kKiB, 16, 32, i * 50 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(32), 0u);
  for (uint64_t i = 51; i <= 100; ++i) pause.received(4144, 1, 4, i * 50 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(4), 0u);
}

TEST(ReceivePause, ReceivesAtOnceWhereTasksAreQuickOrPayloadIsLarge) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 32, i * kMicrosecond);
  EXPECT_EQ(pause.next_ns(32), 0u);
  for (uint64_t i = 1; i <= 50; ++i) pause.received(64 * kKiB, 0, 32, kSecond + i * 50 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(32), 0u);
}

TEST(ReceivePause, IsBoundedAfterALongSilence) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 512, i * kSecond);
  EXPECT_EQ(pause.next_ns(512), 400 * kMicrosecond);
}

TEST(ReceivePause, EndsWhereLargePayloadBegins) {
  ReceivePause pause;
  for (uint64_t i = 1; i <= 50; ++i) pause.received(4144, 1, 32, i * 25 * kMicrosecond);
  EXPECT_GT(pause.next_ns(31), 0u);
  pause.received(64 * kKiB, 1, 32, 55 * 25 * kMicrosecond);
  EXPECT_EQ(pause.next_ns(31), 0u);
}

// A target under 32 requests that are renewed as they end: by a guest at once, or when the next answers are received.
class Loop {
 public:
  enum class Target : uint8_t { one_by_one, side_by_side };
  explicit Loop(Target target, bool has_pauses) : target_(target), has_pauses_(has_pauses) {}

  void run(uint32_t answers);
  uint64_t now_ns() const { return now_ns_; }
  uint32_t receives() const { return receives_; }

 private:
  static constexpr uint32_t kDepth = 32;
  static constexpr uint64_t kGuestNs = 20 * kMicrosecond;

  void send(uint64_t at_ns) {
    if (target_ == Target::one_by_one) {
      free_ns_ = std::max(free_ns_, at_ns) + 25 * kMicrosecond;
      done_ns_.push_back(free_ns_);
    } else {
      done_ns_.push_back(at_ns + 600 * kMicrosecond + random_.below(400 * kMicrosecond));
    }
  }
  uint32_t receive();

  const Target target_;
  const bool has_pauses_;
  Random random_{1};
  ReceivePause pause_;
  std::vector<uint64_t> done_ns_;
  uint64_t free_ns_ = 0;
  uint64_t now_ns_ = 0;
  uint32_t receives_ = 0;
};

uint32_t Loop::receive() {
  now_ns_ = std::max(now_ns_, *std::min_element(done_ns_.begin(), done_ns_.end()));
  ++receives_;
  return static_cast<uint32_t>(std::erase_if(done_ns_, [this](uint64_t done_ns) { return done_ns <= now_ns_; }));
}

void Loop::run(uint32_t answers) {
  while (done_ns_.size() < kDepth) send(now_ns_);
  for (uint32_t got = 0; got < answers;) {
    const uint32_t answered = receive();
    got += answered;
    pause_.received(answered * 4144, answered, kDepth, now_ns_);
    const uint64_t pause_ns = has_pauses_ ? pause_.next_ns(kDepth - answered) : 0;
    const uint64_t sent_ns = now_ns_ + std::max(pause_ns, kGuestNs);
    now_ns_ += pause_ns;
    for (uint32_t i = 0; i < answered; ++i) send(sent_ns);
  }
}

TEST(ReceivePause, SavesReceivesWhereATargetWorksOneByOne) {
  Loop plain(Loop::Target::one_by_one, false);
  Loop paused(Loop::Target::one_by_one, true);
  plain.run(500'000);
  paused.run(500'000);
  EXPECT_LT(paused.receives() * 6, plain.receives());
  EXPECT_LT(static_cast<double>(paused.now_ns()), 1.02 * static_cast<double>(plain.now_ns()));
}

// Requests that are renewed late leave such a target with less to do: pauses slow it down.
TEST(ReceivePause, StopsWhereATargetWorksSideBySide) {
  Loop plain(Loop::Target::side_by_side, false);
  Loop paused(Loop::Target::side_by_side, true);
  plain.run(20'000);
  paused.run(20'000);
  EXPECT_GT(static_cast<double>(paused.now_ns()), 1.01 * static_cast<double>(plain.now_ns())) << "it was tried";
  const uint64_t plain_from_ns = plain.now_ns();
  const uint64_t paused_from_ns = paused.now_ns();
  plain.run(500'000);
  paused.run(500'000);
  EXPECT_LT(static_cast<double>(paused.now_ns() - paused_from_ns),
            1.03 * static_cast<double>(plain.now_ns() - plain_from_ns));
}

}  // namespace
}  // namespace laneway
