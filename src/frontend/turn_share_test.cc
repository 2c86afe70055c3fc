// How the turns of a reactor are divided: with a clock of the test's own, and with two real functions on one reactor.
#include "frontend/turn_share.h"

#include <gtest/gtest.h>

#include "frontend/testing/function_bench.h"

namespace laneway {
namespace {

struct HandClock final : Clock {
  uint64_t now_ns() override { return time_ns; }
  uint64_t time_ns = kSecond;
};

class TurnShareTest : public ::testing::Test {
 protected:
  ~TurnShareTest() override {
    for (Function* each : {&a_, &b_, &c_}) share_.leave(each->member);
  }
  struct Function {
    StatCounter cpu_ns;
    TurnShare::Member member{cpu_ns};
  };
  // A function's look at its rings in the turn that began at `turn_ns`: works for so long.
  void work(Function& function, uint64_t turn_ns, uint64_t lasts_ns, uint32_t events = 1) {
    share_.begin(function.member, turn_ns);
    clock_.time_ns += lasts_ns;
    if (events > 0) share_.worked(function.member, turn_ns, events);
  }
  // Takes requests as long as it may; how many.
  int take_all(Function& function, uint64_t turn_ns, int64_t bytes) {
    share_.begin(function.member, turn_ns);
    int taken = 0;
    while (function.member.may_take() && taken < 1000) {
      function.member.spend(TurnShare::kRequestCostBytes + bytes);
      ++taken;
    }
    return taken;
  }
  void make_contended() {
    work(a_, clock_.time_ns, 10);
    work(b_, clock_.time_ns, 10);
  }

  HandClock clock_;
  TurnShare share_{clock_};
  Function a_, b_, c_;
};

TEST_F(TurnShareTest, OneThatIsAloneIsNotHeldBack) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(take_all(a_, clock_.time_ns, 4096), 1000);
    work(a_, clock_.time_ns, 10);
    ++clock_.time_ns;
  }
  EXPECT_FALSE(share_.is_contended(clock_.time_ns));
}

TEST_F(TurnShareTest, WhereTwoHaveWorkEachHasItsCreditForASecond) {
  make_contended();
  a_.member.works_at_once = true;
  const uint64_t turn_ns = clock_.time_ns;
  EXPECT_EQ(take_all(a_, turn_ns, 4096), 4);
  EXPECT_EQ(take_all(b_, turn_ns, 4096), 32);
  EXPECT_EQ(take_all(a_, turn_ns + TurnShare::kContendedForNs - 100, 4096), 4);
  EXPECT_EQ(take_all(a_, turn_ns + TurnShare::kContendedForNs, 4096), 1000);
}

TEST_F(TurnShareTest, ALargeRequestIsPaidFromLaterTurns) {
  make_contended();
  a_.member.works_at_once = true;
  uint64_t turn_ns = clock_.time_ns;
  EXPECT_EQ(take_all(a_, turn_ns, 124 << 10), 1);  // four credits
  EXPECT_EQ(take_all(a_, ++turn_ns, 0), 0);
  EXPECT_EQ(take_all(a_, ++turn_ns, 0), 0);
  EXPECT_EQ(take_all(a_, ++turn_ns, 0), 0);
  EXPECT_EQ(take_all(a_, ++turn_ns, 0), 8);
}

TEST_F(TurnShareTest, ATurnOfOneFunctionIsItsOwnUpToTheNextOne) {
  const uint64_t turn_ns = clock_.time_ns;
  work(a_, turn_ns, 300);
  clock_.time_ns += 500;  // the turn's end and the system call
  work(a_, clock_.time_ns, 0, 0);
  EXPECT_EQ(a_.cpu_ns.value(), 800u);
  // A turn without work is charged to nobody.
  clock_.time_ns += 10000;
  work(a_, clock_.time_ns, 0, 0);
  EXPECT_EQ(a_.cpu_ns.value(), 800u);
}

TEST_F(TurnShareTest, ATurnOfSeveralIsChargedByTheirPollingAndTheRestByRequests) {
  make_contended();
  work(c_, ++clock_.time_ns, 0, 0);
  const uint64_t a_before = a_.cpu_ns.value();
  const uint64_t b_before = b_.cpu_ns.value();
  const uint64_t turn_ns = ++clock_.time_ns;
  work(c_, turn_ns, 0, 0);
  clock_.time_ns += 1000;  // completions: three of b's
  for (int i = 0; i < 3; ++i) share_.ended(b_.member, turn_ns);
  work(a_, turn_ns, 200, 1);
  work(b_, turn_ns, 400, 1);
  clock_.time_ns += 500;
  work(c_, clock_.time_ns, 0, 0);
  EXPECT_EQ(a_.cpu_ns.value() - a_before, 200u + 1500 / 5);
  EXPECT_EQ(b_.cpu_ns.value() - b_before, 400u + 1500 * 4 / 5);
  EXPECT_EQ(c_.cpu_ns.value(), 0u);
}

TEST_F(TurnShareTest, NoTimeIsChargedTwiceWhereATurnBeginsAtAnEarlierLookAtTheClock) {
  make_contended();
  work(c_, ++clock_.time_ns, 0, 0);
  const uint64_t before = a_.cpu_ns.value() + b_.cpu_ns.value();
  const uint64_t turn_ns = ++clock_.time_ns;
  work(a_, turn_ns, 100);
  const uint64_t next_ns = clock_.time_ns;  // read in the middle of the turn
  work(b_, turn_ns, 100);
  work(a_, next_ns, 100);
  work(c_, clock_.time_ns, 0, 0);
  EXPECT_EQ(a_.cpu_ns.value() + b_.cpu_ns.value() - before, 300u);
}

TEST_F(TurnShareTest, OneThatLeavesTakesItsNotesWithIt) {
  const uint64_t turn_ns = clock_.time_ns;
  work(a_, turn_ns, 100, 2);
  work(b_, turn_ns, 100, 2);
  share_.leave(b_.member);
  clock_.time_ns += 50;
  work(a_, clock_.time_ns, 0, 0);
  EXPECT_LE(a_.cpu_ns.value() + b_.cpu_ns.value(), 250u);
}

// Two real functions, in turns instead of time: a request beside a full ring waits for a few of the neighbour's.
TEST(TurnShareFunctions, ADeepNeighbourDelaysARequestByOneCreditOnly) {
  BenchReactor bench;
  FakeDisk deep_disk;
  FakeDisk shallow_disk;
  BenchFunction deep(bench, deep_disk);
  BenchFunction shallow(bench, shallow_disk);
  const BenchGuest::Options options{.ring_size = 256, .requests = {.requests = 128, .data_bytes_max = 4096}};
  BenchGuest deep_guest(bench, deep.path(), options);
  BenchGuest shallow_guest(bench, shallow.path(), options);
  ASSERT_TRUE(deep_guest.attach());
  ASSERT_TRUE(shallow_guest.attach());
  // Both had work: from here on the reactor is shared.
  ASSERT_TRUE(deep_guest.disk().read(0, 4096).has_value());
  deep_guest.finish(1);
  ASSERT_TRUE(shallow_guest.disk().read(0, 4096).has_value());
  shallow_guest.finish(1);
  for (int round = 0; round < 20; ++round) {
    while (deep_guest.disk().read(0, 4096).has_value()) continue;
    deep_guest.publish();
    ASSERT_TRUE(shallow_guest.disk().read(0, 4096).has_value());
    shallow_guest.publish();
    const size_t before = deep_disk.seen.size();
    bench.turn();  // one turn is enough for it
    ASSERT_TRUE(shallow_guest.disk().take_finished().has_value());
    EXPECT_LE(deep_disk.seen.size() - before, 4u);
    EXPECT_GT(deep_disk.seen.size(), before);
    while (deep_guest.disk().take_finished()) continue;
  }
  EXPECT_GT(deep.function().stats().cpu_ns, 0u);
  EXPECT_GT(shallow.function().stats().cpu_ns, 0u);
}

// Equal functions with full rings: Jain's index of what they got, at any time.
TEST(TurnShareFunctions, ManyEqualFunctionsGetTheSame) {
  constexpr uint32_t kFunctions = 16;
  BenchReactor bench;
  std::vector<std::unique_ptr<FakeDisk>> disks;
  std::vector<std::unique_ptr<BenchFunction>> functions;
  std::vector<std::unique_ptr<BenchGuest>> guests;
  const BenchGuest::Options options{.ring_size = 64, .requests = {.requests = 32, .data_bytes_max = 4096}};
  for (uint32_t i = 0; i < kFunctions; ++i) {
    disks.push_back(std::make_unique<FakeDisk>());
    functions.push_back(std::make_unique<BenchFunction>(bench, *disks.back()));
    guests.push_back(std::make_unique<BenchGuest>(bench, functions.back()->path(), options));
    ASSERT_TRUE(guests.back()->attach());
  }
  for (int turn = 0; turn < 100; ++turn) {
    for (const auto& guest : guests) {
      while (guest->disk().take_finished()) continue;
      while (guest->disk().read(0, 4096).has_value()) continue;
      guest->publish();
    }
    bench.turn();
  }
  double sum = 0;
  double squares = 0;
  for (const auto& disk : disks) {
    const auto served = static_cast<double>(disk->seen.size());
    sum += served;
    squares += served * served;
  }
  EXPECT_GT(sum, 100.0 * kFunctions);
  EXPECT_GE(sum * sum / (kFunctions * squares), 0.99);
}

}  // namespace
}  // namespace laneway
