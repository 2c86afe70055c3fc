// Several queues on one LUN, each with its session: what one of them does to recover takes nothing from the others.
#include "recovery/lab.h"

namespace laneway {

namespace {

class Pair : public Lab {
 public:
  explicit Pair(const fake::TargetOptions& options = {}) : Lab(options) {
    open();
    second = &bench.open_queue(*device);
  }
  ~Pair() { close(); }

  std::unique_ptr<TestRequest> start_second(uint64_t offset_bytes, const std::vector<uint8_t>& bytes) {
    auto request = TestRequest::transfer(BlockOp::write, offset_bytes, {bytes.size()});
    request->fill(bytes);
    request->request.deadline_ns = bench.now_ns() + 100 * kSecond;
    submit(*second, {request.get()});
    return request;
  }
  Status write_second(uint64_t offset_bytes, const std::vector<uint8_t>& bytes) {
    return write_bytes(bench, *second, offset_bytes, bytes);
  }
  // Both have a session.
  void warm_up() {
    ASSERT_EQ(write(0, pattern(0, 4096)), Status::ok);
    ASSERT_EQ(write_second(4096, pattern(0, 4096)), Status::ok);
  }

  BlockQueue* second = nullptr;
};

uint64_t sum_of(const Lab& lab, uint64_t IscsiSessionReport::*figure) {
  uint64_t sum = 0;
  for (const IscsiSessionReport& report : lab.device->sessions()) sum += report.*figure;
  return sum;
}

TEST(Siblings, EachQueueHasASessionOfItsOwn) {
  Pair lab;
  lab.warm_up();
  const auto sessions = lab.device->sessions();
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_NE(sessions[0].isid, sessions[1].isid);
  EXPECT_EQ(sum_of(lab, &IscsiSessionReport::logins), 2u);
  EXPECT_EQ(sum_of(lab, &IscsiSessionReport::fences), 0u);
}

TEST(Siblings, AResetForOneQueueLosesNoWriteOfTheOther) {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Pair lab(options);
  lab.warm_up();
  for (uint64_t round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<TestRequest>> writes;
    for (uint64_t i = 0; i < 10; ++i) {
      writes.push_back(lab.start_write(i * 4096, pattern(round * 100 + i, 4096)));
      writes.push_back(lab.start_second((10 + i) * 4096, pattern(round * 100 + 10 + i, 4096)));
    }
    lab.bench.turn_for((1 + round) * kMillisecond);
    // One connection of the two breaks.
    lab.fault("drop:op=write");
    writes.push_back(lab.start_write(30 * 4096, pattern(round, 4096)));
    for (auto& write : writes) {
      ASSERT_TRUE(lab.finishes(*write));
      EXPECT_EQ(write->status, Status::ok);
    }
    lab.bench.turn_for(kSecond);
    for (uint64_t i = 0; i < 20; ++i) {
      ASSERT_EQ(lab.content(i * 4096, 4096), pattern(round * 100 + i, 4096)) << round << ' ' << i;
    }
  }
  EXPECT_GE(sum_of(lab, &IscsiSessionReport::fences), 5u);
  EXPECT_LE(sum_of(lab, &IscsiSessionReport::fences), 10u) << "they do not reset each other in turn";
}

// A write of the first queue lands late; a later one, of either queue, wins.
void expect_late_write_of_sibling_never_wins(uint64_t late_ns, bool is_later_by_second) {
  Pair lab;
  lab.warm_up();
  lab.fault(fmt::format("late-write:value={},op=write", late_ns));
  auto first = lab.start_write(0, pattern(1, 4096));
  std::vector<std::unique_ptr<TestRequest>> others;
  for (uint64_t i = 1; i < 9; ++i) others.push_back(lab.start_second(i * 4096, pattern(i, 4096)));
  ASSERT_TRUE(lab.finishes(*first));
  ASSERT_EQ(first->status, Status::ok);
  for (auto& other : others) {
    ASSERT_TRUE(lab.finishes(*other));
    ASSERT_EQ(other->status, Status::ok);
  }
  const Status status = is_later_by_second ? lab.write_second(0, pattern(2, 4096)) : lab.write(0, pattern(2, 4096));
  ASSERT_EQ(status, Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.content(0, 4096), pattern(2, 4096)) << "late by " << late_ns << " ns";
  for (uint64_t i = 1; i < 9; ++i) EXPECT_EQ(lab.content(i * 4096, 4096), pattern(i, 4096));
}

TEST(Siblings, ALateWriteNeverWinsOverALaterOneOfEitherQueue) {
  for (const uint64_t late_ns : {100 * kMicrosecond, kMillisecond, 20 * kMillisecond, 2 * kSecond}) {
    for (const bool is_later_by_second : {false, true})
      expect_late_write_of_sibling_never_wins(late_ns, is_later_by_second);
  }
}

TEST(Siblings, BothMayLoseTheirSessionsAtOnce) {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Pair lab(options);
  lab.warm_up();
  for (uint64_t round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<TestRequest>> writes;
    for (uint64_t i = 0; i < 10; ++i) {
      writes.push_back(lab.start_write(i * 4096, pattern(round + i, 4096)));
      writes.push_back(lab.start_second((10 + i) * 4096, pattern(round + 10 + i, 4096)));
    }
    lab.bench.turn_for(2 * kMillisecond);
    lab.kernel.network().reset_all();
    for (auto& write : writes) {
      ASSERT_TRUE(lab.finishes(*write));
      EXPECT_EQ(write->status, Status::ok);
    }
    for (uint64_t i = 0; i < 20; ++i) ASSERT_EQ(lab.content(i * 4096, 4096), pattern(round + i, 4096));
  }
}

TEST(Siblings, AQueueMayGoWhileAnotherWaitsToFence) {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Pair lab(options);
  lab.warm_up();
  auto own = lab.start_write(0, pattern(1, 4096));
  auto others = lab.start_second(4096, pattern(2, 4096));
  lab.bench.turn_for(2 * kMillisecond);
  lab.kernel.network().reset_all();
  lab.bench.close(*lab.second);
  EXPECT_TRUE(others->is_finished());
  ASSERT_TRUE(lab.finishes(*own));
  EXPECT_EQ(own->status, Status::ok);
  EXPECT_EQ(lab.content(0, 4096), pattern(1, 4096));
}

TEST(Siblings, AFenceThatIsNeverAnsweredIsTakenOver) {
  Pair lab;
  lab.warm_up();
  lab.fault("silent-fence");
  lab.fault("drop:op=write");
  auto own = lab.start_write(0, pattern(1, 4096));
  auto others = lab.start_second(4096, pattern(2, 4096));
  ASSERT_TRUE(lab.finishes(*own));
  ASSERT_TRUE(lab.finishes(*others));
  EXPECT_EQ(own->status, Status::ok);
  EXPECT_EQ(others->status, Status::ok);
}

TEST(Siblings, TasksThatAnotherInitiatorClearedAreSentAgain) {
  Pair lab;
  lab.warm_up();
  lab.fault("unit-attention:value=0x2f00,op=write");
  EXPECT_EQ(lab.write(0, pattern(3, 4096)), Status::ok);
  EXPECT_EQ(lab.write_second(4096, pattern(4, 4096)), Status::ok);
  EXPECT_EQ(lab.content(0, 4096), pattern(3, 4096));
  EXPECT_GE(sum_of(lab, &IscsiSessionReport::reconnects), 1u);
}

// A queue that moves to another reactor: the one before has ended when the next one logs in.
TEST(Siblings, AQueueThatEndsFlushesSoThatTheNextOnesGreetingIsNoNews) {
  fake::TargetOptions options;
  options.luns[0].has_write_cache = true;
  Pair lab(options);
  ASSERT_EQ(lab.write_second(0, pattern(0, 4096)), Status::ok);
  lab.bench.close(*lab.second);
  lab.fault("unit-attention:value=0x2900,op=other");
  ASSERT_EQ(lab.write(4096, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(Siblings, AQueueThatEndsKeepsALossForTheGuestsOwnFlush) {
  fake::TargetOptions options;
  options.luns[0].has_write_cache = true;
  Pair lab(options);
  ASSERT_EQ(lab.write_second(0, pattern(0, 4096)), Status::ok);
  lab.fault("unit-attention:value=0x2900,op=write");
  ASSERT_EQ(lab.write_second(4096, pattern(1, 4096)), Status::ok);
  lab.bench.close(*lab.second);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error);
}

TEST(Siblings, AQueueThatEndsWaitsForItsLastFlushOnlySoLong) {
  fake::TargetOptions options;
  options.luns[0].has_write_cache = true;
  Pair lab(options);
  ASSERT_EQ(lab.write_second(0, pattern(0, 4096)), Status::ok);
  lab.fault("silent:op=flush");
  lab.bench.close(*lab.second);
  EXPECT_EQ(lab.write(4096, pattern(1, 4096)), Status::ok);
}

TEST(Siblings, ASecondSessionsGreetingIsNoNewsAboutTheCache) {
  fake::TargetOptions options;
  options.luns[0].has_write_cache = true;
  Pair lab(options);
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  // As targets do that greet every session with "power on, reset".
  lab.fault("unit-attention:value=0x2900,op=other");
  ASSERT_EQ(lab.write_second(4096, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

class LosingPair : public Pair {
 public:
  LosingPair() : Pair(options()) {}
  static fake::TargetOptions options() {
    fake::TargetOptions options;
    options.luns[0].loses_cache = true;
    return options;
  }
  // Many, so that a cut takes some of them.
  void write_first(uint64_t seed) { ASSERT_EQ(write(0, pattern(seed, 64 * 512)), Status::ok); }
  bool has_all(uint64_t seed) { return content(0, 64 * 512) == pattern(seed, 64 * 512); }
};

// The first queue's session died with the power and does not know; the second one logs in for the first time.
TEST(Siblings, AGreetingIsNewsWhereTheSessionsFromBeforeDiedUnnoticed) {
  LosingPair lab;
  lab.write_first(1);
  lab.kernel.network().swallow_all();
  lab.fake.cut_power();
  ASSERT_FALSE(lab.has_all(1));
  ASSERT_EQ(lab.write_second(100 * 512, pattern(2, 512)), Status::ok);
  EXPECT_EQ(flush(lab.bench, *lab.second), Status::io_error);
  EXPECT_EQ(flush(lab.bench, *lab.second), Status::ok);
}

// Rings move: the queue that does not know ends, and so does the one that was greeted. Its successor comes as the same
// initiator port, which is greeted no more.
TEST(Siblings, AGreetingIsNotForgottenWithTheQueuesThatCouldTell) {
  for (const bool is_greeted_first_to_end : {true, false}) {
    LosingPair lab;
    lab.write_first(1);
    lab.kernel.network().swallow_all();
    lab.fake.cut_power();
    ASSERT_FALSE(lab.has_all(1));
    auto greeted = lab.start_second(100 * 512, pattern(2, 512));
    lab.bench.turn_for(5 * kMillisecond);
    ASSERT_GT(lab.fake.counters().logins, 2u);
    EXPECT_FALSE(greeted->is_finished()) << "the greeting means something or nothing; nobody has told yet";
    if (is_greeted_first_to_end) lab.bench.close(*std::exchange(lab.second, &lab.bench.open_queue(*lab.device)));
    lab.bench.close(*std::exchange(lab.queue, &lab.bench.open_queue(*lab.device)));
    ASSERT_EQ(lab.write_second(100 * 512, pattern(3, 512)), Status::ok);
    EXPECT_EQ(flush(lab.bench, *lab.second), Status::io_error);
    EXPECT_EQ(flush(lab.bench, *lab.second), Status::ok);
  }
}

// One that came after the power cut, and whose own greeting has been told, is as good a witness.
TEST(Siblings, TheSecondGreetingAfterAPowerCutFailsNoSecondFlush) {
  LosingPair lab;
  BlockQueue* const third = &lab.bench.open_queue(*lab.device);
  lab.write_first(1);
  lab.kernel.network().swallow_all();
  lab.fake.cut_power();
  ASSERT_EQ(lab.write_second(100 * 512, pattern(2, 512)), Status::ok);
  EXPECT_EQ(flush(lab.bench, *lab.second), Status::io_error);
  ASSERT_EQ(lab.write_second(100 * 512, pattern(3, 512)), Status::ok);
  ASSERT_EQ(write_bytes(lab.bench, *third, 101 * 512, pattern(4, 512)), Status::ok);
  EXPECT_EQ(flush(lab.bench, *third), Status::ok);
}

TEST(Siblings, AGreetingIsNoNewsWhereOneOfTheOthersLives) {
  fake::TargetOptions options = LosingPair::options();
  options.attention_at_login = true;
  Pair lab(options);
  lab.warm_up();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  for (uint64_t round = 0; round < 5; ++round) {
    BlockQueue* const third = &lab.bench.open_queue(*lab.device);
    ASSERT_EQ(write_bytes(lab.bench, *third, 8192, pattern(round, 512)), Status::ok);
    lab.bench.close(*third);
    ASSERT_EQ(lab.write(0, pattern(round, 4096)), Status::ok);
  }
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

}  // namespace

}  // namespace laneway
