// What a target reports about its disk: other sizes, other disks, resets, a busy moment.
#include <atomic>

#include "recovery/lab.h"

namespace laneway {

namespace {

struct CountingWatcher final : BlockDeviceWatcher {
  void geometry_changed() override { ++changes; }
  uint32_t changes = 0;
};

TEST(News, ALargerDiskIsSeen) {
  Lab lab;
  lab.open();
  CountingWatcher watcher;
  lab.device->watch(&watcher);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.resize_lun(0, 32 * kMiB);
  EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096));
  ASSERT_TRUE(lab.bench.turn_until([&] { return watcher.changes > 0; }));
  EXPECT_EQ(lab.device->geometry().capacity_bytes, 32 * kMiB);
  ASSERT_EQ(lab.write(31 * kMiB, pattern(2, 4096)), Status::ok);
  EXPECT_EQ(watcher.changes, 1u);
  EXPECT_EQ(lab.report().reconnects, 0u);
  lab.device->watch(nullptr);
}

TEST(News, AnotherDiskUnderTheSameNumberIsNeverUsed) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.replace_lun(0, 0x6001405000000002, 7);
  const uint64_t writes = lab.fake.counters().writes;
  auto write = lab.start_write(0, pattern(2, 4096));
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::device_gone);
  auto next = lab.start_write(0, pattern(2, 4096));
  ASSERT_TRUE(lab.finishes(*next));
  EXPECT_EQ(next->status, Status::device_gone);
  EXPECT_EQ(lab.fake.counters().writes, writes);
  EXPECT_EQ(lab.content(0, 4096), pattern(1, 4096));
  EXPECT_EQ(lab.report().state, IscsiLinkState::failed);
  EXPECT_NE(lab.report().error.find("another disk"), std::string::npos);
}

TEST(News, AnotherDiskAfterAReconnectIsNeverUsedNorReset) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.kernel.network().set_reachable(false);
  lab.fake.drop_connections();
  auto write = lab.start_write(0, pattern(2, 4096));
  lab.bench.turn_for(kSecond);
  lab.fake.replace_lun(0, 0x6001405000000002, 7);
  lab.kernel.network().set_reachable(true);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::device_gone);
  EXPECT_EQ(lab.content(0, 4096), pattern(1, 4096));
  EXPECT_EQ(lab.fake.counters().fences, 0u);
  // The right disk comes back.
  lab.fake.replace_lun(0, 0x6001405000000001, 1);
  lab.bench.turn_for(10 * kSecond);
  EXPECT_EQ(lab.write(0, pattern(3, 4096)), Status::ok);
}

TEST(News, ADiskThatIsMissingAfterAReconnectIsWaitedFor) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.set_lun_missing(0, true);
  lab.fake.drop_connections();
  auto write = lab.start_write(0, pattern(2, 4096));
  lab.bench.turn_for(4 * kSecond);
  EXPECT_FALSE(write->is_finished());
  lab.fake.set_lun_missing(0, false);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::ok);
}

TEST(News, ABusyTargetIsAskedAgain) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  for (const char* spec : {"status:value=0x08,count=5", "status:value=0x28,count=5"}) {
    lab.fault(spec);
    EXPECT_EQ(lab.read(0, 4096), pattern(1, 4096)) << spec;
  }
  EXPECT_EQ(lab.report().retries, 10u);
  EXPECT_EQ(lab.report().reconnects, 0u);
}

TEST(News, ATargetThatStaysBusyIsAskedUntilTheDeadline) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("status:value=0x08,count=0");
  const uint64_t start_ns = lab.bench.now_ns();
  auto write = lab.start_write(0, pattern(2, 4096), 10 * kSecond);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  EXPECT_LT(lab.bench.now_ns() - start_ns, 11 * kSecond);
}

TEST(News, AReservationConflictIsReportedAsSuch) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("status:value=0x18");
  EXPECT_EQ(lab.write(0, pattern(2, 4096)), Status::reservation_conflict);
}

TEST(News, AMediumErrorIsReportedAsSuch) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("sense:value=0x031100");
  auto read = TestRequest::transfer(BlockOp::read, 0, {4096});
  EXPECT_EQ(perform(lab.bench, *lab.queue, *read), Status::medium_error);
}

TEST(News, ARejectedCommandIsSentAgain) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("reject:value=9,op=write");
  EXPECT_EQ(lab.write(0, pattern(2, 4096)), Status::ok);
  EXPECT_EQ(lab.content(0, 4096), pattern(2, 4096));
}

TEST(News, AShortReadIsAnError) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("short-read:value=512");
  auto read = TestRequest::transfer(BlockOp::read, 0, {4096});
  EXPECT_EQ(perform(lab.bench, *lab.queue, *read), Status::io_error);
}

TEST(News, AFlushAfterAPowerCutDoesNotClaimWhatWasLost) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.cut_power();
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

// Both were asked for before either was answered: who asked for the one is not told by the failure of the other.
TEST(News, FlushesThatWaitForTheSessionAreAllTold) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.cut_power();
  lab.bench.turn_for(kMillisecond);  // the session is gone
  const auto first = TestRequest::range(BlockOp::flush, 0, 0);
  const auto second = TestRequest::range(BlockOp::flush, 0, 0);
  submit(*lab.queue, {first.get(), second.get()});
  ASSERT_TRUE(lab.finishes(*first) && lab.finishes(*second));
  EXPECT_EQ(first->status, Status::io_error);
  EXPECT_EQ(second->status, Status::io_error);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(News, ARequestOfSeveralCommandsBeginsAgainAfterAPowerCut) {
  fake::TargetOptions options;
  options.luns[0].loses_cache = true;
  options.luns[0].transfer_blocks_max = 8;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Lab lab(options);
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(0, 4096)), Status::ok);
  ASSERT_EQ(flush(lab.bench, *lab.queue), Status::ok);
  auto write = lab.start_write(0, pattern(1, 64 * 512));
  lab.bench.turn_for(32 * kMillisecond);  // some of its eight commands are done
  EXPECT_FALSE(write->is_finished());
  lab.fake.cut_power();
  ASSERT_TRUE(lab.finishes(*write));
  ASSERT_EQ(write->status, Status::ok);
  EXPECT_EQ(lab.content(0, 64 * 512), pattern(1, 64 * 512));
}

TEST(News, ALostCacheIsRememberedWhereTheSessionThatToldItEndedAtOnce) {
  for (const char* spec : {"drop:op=inquiry", "drop:op=other", "wrong-tag:op=other", "wrong-tag:op=inquiry"}) {
    Lab lab;
    lab.open();
    ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
    lab.fake.cut_power();
    lab.fault(spec);
    EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error) << spec;
    EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok) << spec;
  }
}

TEST(News, WhatAQueueFlushedBeforeItEndedIsSafe) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.bench.close(*lab.queue);
  lab.fake.cut_power();
  lab.queue = &lab.bench.open_queue(*lab.device);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
  EXPECT_EQ(lab.content(0, 4096), pattern(1, 4096));
}

TEST(News, AFlushThroughANewQueueTellsOfWhatTheOldOneWrote) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fault("drop:op=flush");  // the one that a queue ends with
  lab.bench.close(*lab.queue);
  lab.fake.cut_power();
  lab.queue = &lab.bench.open_queue(*lab.device);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.cut_power();
  EXPECT_EQ(lab.read(0, 512).size(), 512u);
  lab.bench.close(*lab.queue);
  lab.queue = &lab.bench.open_queue(*lab.device);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error);
}

// The array's power on comes second, and is told to the first command of a revalidation.
TEST(News, ALostCacheIsHeardOfInTheMiddleOfARevalidation) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.raise_attention(0, 0x3f, 0x03);
  lab.fake.raise_attention(0, 0x29, 0x01);
  EXPECT_EQ(lab.read(0, 512).size(), 512u);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::io_error);
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(News, AFlushAfterAPowerCutSucceedsWhereEverythingWasFlushedBefore) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  ASSERT_EQ(flush(lab.bench, *lab.queue), Status::ok);
  lab.fake.cut_power();
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(News, AFlushAfterAPowerCutSucceedsWithoutAVolatileCache) {
  fake::TargetOptions options;
  options.luns[0].has_write_cache = false;
  Lab lab(options);
  lab.open();
  EXPECT_FALSE(lab.device->geometry().has_volatile_cache);
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.cut_power();
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(News, AFlushAfterALostConnectionSucceeds) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.drop_connections();
  EXPECT_EQ(flush(lab.bench, *lab.queue), Status::ok);
}

TEST(News, AResetBySomebodyElseRestartsEverythingUnderWay) {
  fake::TargetOptions options;
  options.latency_min_ns = options.latency_max_ns = 5 * kMillisecond;
  Lab lab(options);
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  auto first = lab.start_write(0, pattern(2, 4096));
  lab.bench.turn_for(kMillisecond);
  lab.fake.raise_attention(0, 0x29, 0x00);
  auto second = lab.start_write(4096, pattern(3, 4096));
  ASSERT_TRUE(lab.finishes(*first));
  ASSERT_TRUE(lab.finishes(*second));
  EXPECT_EQ(first->status, Status::ok);
  EXPECT_EQ(second->status, Status::ok);
  EXPECT_EQ(lab.report().reconnects, 1u);
  EXPECT_EQ(lab.read(0, 4096), pattern(2, 4096));
}

TEST(News, RedirectsAreFollowed) {
  Lab lab;
  lab.kernel.network().add_server(3261, lab.fake);
  lab.open();
  lab.fault("redirect:text=127.0.0.1:3261");
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(lab.report().portal, "127.0.0.1:3261");
}

TEST(News, ARedirectToANameIsFollowedOnceTheNameIsLookedUp) {
  Lab lab;
  lab.kernel.network().add_server(3261, lab.fake);
  lab.open();
  lab.fault("redirect:text=localhost:3261,count=2");
  auto write = lab.start_write(0, pattern(1, 4096));
  ASSERT_TRUE(lab.bench.turn_until([&lab] { return lab.target->wants_name(); }));
  EXPECT_FALSE(write->is_finished());
  EXPECT_NE(lab.report().error.find("localhost:3261"), std::string::npos) << lab.report().error;
  ASSERT_TRUE(lab.target->resolve().has_value());
  EXPECT_FALSE(lab.target->wants_name());
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::ok);
  EXPECT_TRUE(lab.report().portal.ends_with(":3261")) << lab.report().portal;
}

TEST(News, ATargetThatRedirectsToEverNewNamesFillsNothing) {
  IscsiTargetSettings settings;
  settings.name = "array";
  IscsiTarget target(settings);
  for (uint16_t port = 1; port <= 100; ++port) EXPECT_FALSE(target.find_redirect({"localhost", port}).has_value());
  (void)target.resolve();
  EXPECT_TRUE(target.find_redirect({"localhost", 100}).has_value());
  EXPECT_FALSE(target.find_redirect({"localhost", 1}).has_value()) << "the oldest were forgotten";
}

// A look at a LUN waits for the address of a name, which its watcher finds.
class AddressGiver final : public IscsiErrandWatcher {
 public:
  void errand_ended() override {}
  void errand_wants_address() override { is_asked = true; }
  bool is_asked = false;
};

TEST(News, AProbeFollowsARedirectToAName) {
  Lab lab;
  lab.kernel.network().add_server(3261, lab.fake);
  lab.open();
  lab.fault("redirect:text=storage.example:3261");
  AddressGiver watcher;
  IscsiProbe probe(lab.bench.reactor(), *lab.target, 0, 30 * kSecond);
  probe.start(&watcher);
  ASSERT_TRUE(lab.bench.turn_until([&watcher] { return watcher.is_asked; }));
  ASSERT_TRUE(probe.wanted_portal().has_value());
  EXPECT_EQ(probe.wanted_portal()->host, "storage.example");
  probe.go_on(resolve_portal({"127.0.0.1", 3261}));
  ASSERT_TRUE(lab.bench.turn_until([&probe] { return probe.has_ended(); }));
  EXPECT_TRUE(probe.outcome().has_value()) << probe.outcome().error().message;
  EXPECT_EQ(probe.portal(), "127.0.0.1:3261");
}

TEST(News, AProbeSaysWhichNameOfARedirectHasNoAddress) {
  Lab lab;
  lab.open();
  lab.fault("redirect:text=storage.example:3261");
  AddressGiver watcher;
  IscsiProbe probe(lab.bench.reactor(), *lab.target, 0, 30 * kSecond);
  probe.start(&watcher);
  ASSERT_TRUE(lab.bench.turn_until([&watcher] { return watcher.is_asked; }));
  probe.go_on(fail(ErrorCode::unreachable, "cannot find the address of storage.example:3261"));
  ASSERT_TRUE(lab.bench.turn_until([&probe] { return probe.has_ended(); }));
  ASSERT_FALSE(probe.outcome().has_value());
  EXPECT_NE(probe.outcome().error().message.find("storage.example"), std::string::npos);
}

TEST(News, RedirectsInACircleEnd) {
  Lab lab;
  lab.open();
  lab.fault("redirect:text=127.0.0.1:3260,count=0");
  auto write = lab.start_write(0, pattern(1, 4096), 10 * kSecond);
  ASSERT_TRUE(lab.finishes(*write));
  EXPECT_EQ(write->status, Status::timed_out);
  EXPECT_NE(lab.report().error.find("redirect"), std::string::npos) << lab.report().error;
  EXPECT_LT(lab.fake.counters().connections, 100u);
}

TEST(News, TheNextPortalIsTriedWhenOneIsDead) {
  Lab lab;
  lab.settings.portals = {{"127.0.0.1", 3270}, {"127.0.0.1", 3260}};
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  EXPECT_EQ(lab.report().portal, "127.0.0.1:3260");
}

TEST(News, NoMoreSessionsAreMadeThanAllowed) {
  Lab lab;
  lab.settings.sessions_max = 1;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  auto other = lab.make_device(false, "vm2-disk0");
  ASSERT_TRUE(other.has_value()) << other.error().message;
  BlockQueue& queue = lab.bench.open_queue(**other);
  auto read = TestRequest::transfer(BlockOp::read, 0, {4096});
  read->request.deadline_ns = lab.bench.now_ns() + 20 * kSecond;
  submit(queue, {read.get()});
  lab.bench.turn_for(5 * kSecond);
  EXPECT_FALSE(read->is_finished());
  EXPECT_NE((*other)->sessions().at(0).error.find("sessions"), std::string::npos);
  lab.queue->drain();
  ASSERT_TRUE(lab.finishes(*read));
  EXPECT_EQ(read->status, Status::ok);
  lab.bench.close(queue);
}

TEST(News, TheCommandWindowMayCloseForAWhile) {
  Lab lab;
  lab.open();
  ASSERT_EQ(lab.write(0, pattern(1, 4096)), Status::ok);
  lab.fake.set_command_window(1);
  std::vector<std::unique_ptr<TestRequest>> writes;
  for (uint64_t i = 0; i < 50; ++i) writes.push_back(lab.start_write(i * 4096, pattern(i, 4096)));
  for (auto& write : writes) {
    ASSERT_TRUE(lab.finishes(*write));
    EXPECT_EQ(write->status, Status::ok);
  }
}

TEST(News, CommandsKeepToTheLimitsThatTheDiskTells) {
  fake::TargetOptions options;
  options.luns[0].transfer_blocks_max = 64;
  options.luns[0].unmap_blocks_max = 100;
  options.luns[0].write_same_blocks_max = 90;
  Lab lab(options);
  lab.open();
  const auto bytes = pattern(1, 300 * 512);
  auto write = TestRequest::transfer(BlockOp::write, 512, {1000, 100, 99 * 512, bytes.size() - 1100 - 99 * 512}, 1);
  write->fill(bytes);
  ASSERT_EQ(perform(lab.bench, *lab.queue, *write), Status::ok);
  EXPECT_EQ(lab.content(512, bytes.size()), bytes);
  auto read = TestRequest::transfer(BlockOp::read, 512, {7, bytes.size() - 7}, 3);
  ASSERT_EQ(perform(lab.bench, *lab.queue, *read), Status::ok);
  EXPECT_EQ(read->bytes(), bytes);
  const uint64_t unmaps = lab.fake.counters().unmaps;
  auto discard = TestRequest::range(BlockOp::discard, 512, 250 * 512);
  ASSERT_EQ(perform(lab.bench, *lab.queue, *discard), Status::ok);
  EXPECT_EQ(lab.fake.counters().unmaps - unmaps, 3u);
  auto zero = TestRequest::range(BlockOp::write_zeroes, 512, 250 * 512);
  ASSERT_EQ(perform(lab.bench, *lab.queue, *zero), Status::ok);
  EXPECT_EQ(lab.fake.counters().write_sames, 3u);
  EXPECT_EQ(lab.content(512, 250 * 512), std::vector<uint8_t>(250 * 512, 0));
}

TEST(News, WhatTheDiskCannotDoIsNotOffered) {
  fake::TargetOptions options;
  options.luns[0].can_unmap = false;
  options.luns[0].can_write_same = false;
  Lab lab(options);
  lab.open();
  EXPECT_FALSE(lab.device->geometry().can_discard);
  EXPECT_FALSE(lab.device->geometry().can_write_zeroes);
  auto discard = TestRequest::range(BlockOp::discard, 0, 4096);
  EXPECT_EQ(perform(lab.bench, *lab.queue, *discard), Status::unsupported);
}

TEST(News, AWriteProtectedDiskIsReadOnly) {
  fake::TargetOptions options;
  options.luns[0].is_read_only = true;
  Lab lab(options);
  lab.open();
  EXPECT_TRUE(lab.device->geometry().is_read_only);
  EXPECT_EQ(lab.write(0, pattern(1, 4096)), Status::read_only);
}

}  // namespace

}  // namespace laneway
