// Two targets that show one disk under one designator and share no task set, as two of tgtd's on one file: a reset of
// either says nothing about the tasks of the other.
#include "recovery/lab.h"

namespace laneway {

namespace {

constexpr uint16_t kSecondPort = 3261;

class TwoTargets : public Lab {
 public:
  explicit TwoTargets(uint64_t seed = 1) : Lab({}, seed), second_fake(second_options()) {
    second_fake.lun(0)->share_medium(*fake.lun(0));
    kernel.network().add_server(kSecondPort, second_fake);
    settings.noop_interval_ns = settings.noop_timeout_ns = kSecond;
    settings.fence_delay_ns = 4 * kSecond;
    open();
    PathRules rules;
    rules.policy = PathPolicy::failover;
    device->paths().set_rules(rules);
    IscsiTargetSettings second_settings = settings;
    second_settings.name = "array-b";
    second_settings.target_name = second_fake.options().name;
    second_settings.portals = {{"127.0.0.1", kSecondPort}};
    second_target = std::make_unique<IscsiTarget>(second_settings);
    EXPECT_TRUE(second_target->resolve().has_value());
    LunPathOptions path;
    path.id = 1;
    device->add_path(*second_target, path, false);
    EXPECT_EQ(write(0, pattern(0, 4096)), Status::ok);
    bench.turn_for(kSecond);
    EXPECT_EQ(device->sessions().size(), 2u);
  }
  ~TwoTargets() { close(); }

  static fake::TargetOptions second_options() {
    fake::TargetOptions options;
    options.name = "iqn.2026-11.test.laneway:fake-b";
    return options;
  }

  fake::FakeTarget second_fake;
  std::unique_ptr<IscsiTarget> second_target;
};

// The first target loses the connection and comes back only later; it lands the accepted write after `late_ns`.
std::vector<uint8_t> content_after_late_write(TwoTargets& lab, uint64_t late_ns) {
  lab.fault(fmt::format("late-write:value={},op=write", late_ns));
  auto first = lab.start_write(0, pattern(1, 4096));
  lab.bench.turn_until([&lab] { return lab.fake.running_tasks() > 0; });
  lab.kernel.network().set_reachable(3260, false);
  EXPECT_TRUE(lab.finishes(*first));
  EXPECT_EQ(first->status, Status::ok);
  EXPECT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(20 * kSecond);
  return lab.content(0, 4096);
}

TEST(TwoTargets, ALateWriteOfTheOneNeverWinsSinceTheOtherWaits) {
  for (const uint64_t late_ns : {kMillisecond, kSecond, 3 * kSecond}) {
    TwoTargets lab;
    const uint64_t start_ns = lab.bench.now_ns();
    EXPECT_EQ(content_after_late_write(lab, late_ns), pattern(2, 4096)) << late_ns;
    EXPECT_GE(lab.bench.now_ns() - start_ns, 4 * kSecond);
    EXPECT_EQ(lab.second_fake.counters().fences, 0u) << "a reset there would prove nothing";
  }
}

TEST(TwoTargets, AResetTakenForProofIsSeenByThisSuite) {
  TwoTargets lab;
  lab.device->debt().set_one_task_set(true);
  EXPECT_EQ(content_after_late_write(lab, kSecond), pattern(1, 4096));
}

TEST(TwoTargets, WhereTheLostOneIsBackItsOwnResetIsProof) {
  TwoTargets lab;
  lab.fault(fmt::format("late-write:value={},op=write", 3 * kSecond));
  const uint64_t start_ns = lab.bench.now_ns();
  auto first = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  EXPECT_EQ(first->status, Status::ok);
  EXPECT_LT(lab.bench.now_ns() - start_ns, kSecond) << "nobody waited for the delay";
  ASSERT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.content(0, 4096), pattern(2, 4096));
  EXPECT_GE(lab.fake.counters().fences, 1u);
}

TEST(TwoTargets, ARestartedEngineOwesAFenceToEachOfThem) {
  TwoTargets lab;
  lab.device->debt().add(*lab.device->paths().find(0), 0);
  lab.device->debt().add(*lab.device->paths().find(1), 0);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_GE(lab.fake.counters().fences, 1u);
  EXPECT_GE(lab.second_fake.counters().fences, 1u);
}

TEST(TwoTargets, ReadsChangeOverAtOnce) {
  TwoTargets lab;
  auto read = TestRequest::transfer(BlockOp::read, 0, {4096});
  lab.fault("drop:op=read");
  const uint64_t start_ns = lab.bench.now_ns();
  submit(*lab.queue, {read.get()});
  ASSERT_TRUE(lab.finishes(*read));
  EXPECT_LT(lab.bench.now_ns() - start_ns, kSecond);
  EXPECT_EQ(read->bytes(), pattern(0, 4096));
}

}  // namespace

}  // namespace laneway
