// Recovery with a real target: the tgtd of Debian, killed, restarted and frozen. The scripted faults are in
// tests/recovery.
#include <gtest/gtest.h>

#include <algorithm>

#include "backend/testing/iscsi_test_disk.h"
#include "backend/testing/test_request.h"

namespace laneway {

namespace {

class TgtdRecovery : public testing::Test {
 protected:
  void start(const Tgtd::Options& options = {}) {
    disk_ = std::make_unique<IscsiTestDisk>(options, IscsiTestDisk::quick_settings());
    ASSERT_TRUE(disk_->tgtd().why_not().empty()) << disk_->tgtd().why_not();
    auto device = disk_->open_device();
    ASSERT_TRUE(device.has_value()) << device.error().message;
    device_ = std::move(*device);
    bench_ = std::make_unique<TestBench>();
    queue_ = &bench_->open_queue(*device_);
  }
  void TearDown() override {
    bench_.reset();
    device_.reset();
    disk_.reset();
  }
  IscsiSessionReport report() { return device_->sessions().at(0); }

  // Keeps `depth` verified writes and reads under way until `stop` says so; every one must succeed.
  template <typename Stop>
  void load(uint32_t depth, Stop stop);

  std::unique_ptr<IscsiTestDisk> disk_;
  std::unique_ptr<IscsiDevice> device_;
  std::unique_ptr<TestBench> bench_;
  BlockQueue* queue_ = nullptr;
};

template <typename Stop>
void TgtdRecovery::load(uint32_t depth, Stop stop) {
  for (uint64_t round = 0; !stop(round); ++round) {
    std::vector<std::unique_ptr<TestRequest>> writes;
    std::vector<TestRequest*> batch;
    for (uint64_t i = 0; i < depth; ++i) {
      writes.push_back(TestRequest::transfer(BlockOp::write, i * 8192, {4096, 4096}));
      writes.back()->fill(pattern(round * 1000 + i, 8192));
      batch.push_back(writes.back().get());
    }
    submit(*queue_, batch);
    ASSERT_TRUE(bench_->turn_until(
        [&] { return std::all_of(batch.begin(), batch.end(), [](const auto* each) { return each->is_finished(); }); }));
    for (uint64_t i = 0; i < depth; ++i) {
      ASSERT_EQ(batch[i]->status, Status::ok) << status_name(batch[i]->status);
      ASSERT_EQ(read_bytes(*bench_, *queue_, i * 8192, 8192), pattern(round * 1000 + i, 8192)) << round << "/" << i;
    }
  }
}

TEST_F(TgtdRecovery, IoSurvivesATargetThatIsKilledAndRestarted) {
  start();
  const auto bytes = pattern(1, 65536);
  ASSERT_EQ(write_bytes(*bench_, *queue_, 0, bytes), Status::ok);
  disk_->tgtd().kill();
  auto write = TestRequest::transfer(BlockOp::write, 65536, {65536});
  write->fill(bytes);
  submit(*queue_, {write.get()});
  bench_->turn_for(200 * kMillisecond);
  EXPECT_FALSE(write->is_finished());
  EXPECT_EQ(report().state, IscsiLinkState::recovering);
  ASSERT_TRUE(disk_->tgtd().start());
  ASSERT_TRUE(bench_->turn_until([&] { return write->is_finished(); }));
  EXPECT_EQ(write->status, Status::ok);
  EXPECT_EQ(read_bytes(*bench_, *queue_, 0, 65536), bytes);
  EXPECT_EQ(read_bytes(*bench_, *queue_, 65536, 65536), bytes);
  EXPECT_EQ(report().reconnects, 1u);
}

TEST_F(TgtdRecovery, VerifiedLoadSurvivesKillsAndRestarts) {
  start();
  load(64, [this](uint64_t round) {
    if (round % 3 == 1) {
      disk_->tgtd().kill();
      EXPECT_TRUE(disk_->tgtd().start());
    }
    return round == 9;
  });
  EXPECT_EQ(report().reconnects, 3u);
}

TEST_F(TgtdRecovery, KillsWhileWritesAreUnderWayLoseNothing) {
  start();
  for (uint64_t round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<TestRequest>> writes;
    std::vector<TestRequest*> batch;
    for (uint64_t i = 0; i < 200; ++i) {
      writes.push_back(TestRequest::transfer(BlockOp::write, i * 65536, {65536}));
      writes.back()->fill(pattern(round * 1000 + i, 65536));
      batch.push_back(writes.back().get());
    }
    submit(*queue_, batch);
    // Somewhere in the middle of them.
    ASSERT_TRUE(bench_->turn_until([&] { return batch[20]->is_finished(); }));
    disk_->tgtd().kill();
    bench_->turn_for(20 * kMillisecond);
    ASSERT_TRUE(disk_->tgtd().start());
    ASSERT_TRUE(bench_->turn_until([&] { return queue_->is_drained(); }));
    for (uint64_t i = 0; i < 200; ++i) {
      ASSERT_EQ(batch[i]->status, Status::ok);
      ASSERT_EQ(read_bytes(*bench_, *queue_, i * 65536, 65536), pattern(round * 1000 + i, 65536));
    }
  }
  EXPECT_GE(report().replays, 1u);
  EXPECT_GE(report().fences, 1u);
}

TEST_F(TgtdRecovery, AFrozenTargetIsNoticedAndItsAnswersAreNotMissed) {
  start();
  ASSERT_EQ(write_bytes(*bench_, *queue_, 0, pattern(1, 4096)), Status::ok);
  disk_->tgtd().freeze();
  auto write = TestRequest::transfer(BlockOp::write, 0, {4096});
  write->fill(pattern(2, 4096));
  submit(*queue_, {write.get()});
  ASSERT_TRUE(bench_->turn_until([&] { return report().state == IscsiLinkState::recovering; }, 5 * kSecond));
  disk_->tgtd().thaw();
  ASSERT_TRUE(bench_->turn_until([&] { return write->is_finished(); }));
  EXPECT_EQ(write->status, Status::ok);
  EXPECT_EQ(read_bytes(*bench_, *queue_, 0, 4096), pattern(2, 4096));
  EXPECT_EQ(report().fences, 1u);
}

TEST_F(TgtdRecovery, AnotherDiskUnderTheSameNumberIsNeverUsed) {
  start();
  ASSERT_EQ(write_bytes(*bench_, *queue_, 0, pattern(1, 4096)), Status::ok);
  ASSERT_TRUE(disk_->tgtd().restart_as(2));
  EXPECT_EQ(write_bytes(*bench_, *queue_, 0, pattern(2, 4096)), Status::device_gone);
  EXPECT_EQ(report().state, IscsiLinkState::failed);
  EXPECT_FALSE(device_->resize(0).has_value());
}

TEST_F(TgtdRecovery, ALostCacheIsToldByTheNextFlush) {
  start();
  ASSERT_EQ(write_bytes(*bench_, *queue_, 0, pattern(1, 4096)), Status::ok);
  disk_->tgtd().kill();
  ASSERT_TRUE(disk_->tgtd().start());
  EXPECT_EQ(flush(*bench_, *queue_), Status::io_error);
  EXPECT_EQ(flush(*bench_, *queue_), Status::ok);
}

TEST_F(TgtdRecovery, WithoutAVolatileCacheNothingCanBeLost) {
  start({.has_write_cache = false});
  ASSERT_EQ(write_bytes(*bench_, *queue_, 0, pattern(1, 4096)), Status::ok);
  disk_->tgtd().kill();
  ASSERT_TRUE(disk_->tgtd().start());
  EXPECT_EQ(flush(*bench_, *queue_), Status::ok);
}

TEST_F(TgtdRecovery, LookingAtTheSizeAsksTheTarget) {
  start();
  EXPECT_TRUE(device_->resize(0).has_value());
  const auto refused = device_->resize(2 * kTestDiskCapacityBytes);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
}

}  // namespace

}  // namespace laneway
