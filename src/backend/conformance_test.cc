#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "backend/testing/iscsi_test_disk.h"
#include "backend/testing/test_bench.h"
#include "backend/testing/test_disks.h"
#include "backend/testing/test_request.h"
#include "base/random.h"

namespace laneway {

namespace {

struct CountingWatcher final : BlockDeviceWatcher {
  void geometry_changed() override { ++changes; }
  std::atomic<uint32_t> changes{0};
};

class BackendConformance : public testing::TestWithParam<TestDiskKind> {
 protected:
  void SetUp() override {
    std::string why_not;
    disk_ = GetParam().make(GetParam().block_bytes, why_not);
    if (disk_ == nullptr) GTEST_SKIP() << why_not;
    open();
  }
  void TearDown() override { close(); }

  void open(bool is_read_only = false) {
    auto device = disk_->open(is_read_only);
    ASSERT_TRUE(device.has_value()) << device.error().message;
    device_ = std::move(*device);
    bench_ = std::make_unique<TestBench>();
    queue_ = &bench_->open_queue(*device_);
  }
  void close() {
    bench_.reset();
    device_.reset();
  }

  uint64_t block() const { return GetParam().block_bytes; }
  Status write(uint64_t offset_bytes, const std::vector<uint8_t>& bytes) {
    return write_bytes(*bench_, *queue_, offset_bytes, bytes);
  }
  std::vector<uint8_t> read(uint64_t offset_bytes, size_t length_bytes) {
    return read_bytes(*bench_, *queue_, offset_bytes, length_bytes);
  }
  Status perform_range(BlockOp op, uint64_t offset_bytes, uint64_t length_bytes, bool may_unmap = false) {
    auto request = TestRequest::range(op, offset_bytes, length_bytes);
    request->request.may_unmap = may_unmap;
    return perform(*bench_, *queue_, *request);
  }

  std::unique_ptr<TestDisk> disk_;
  std::unique_ptr<BlockDevice> device_;
  std::unique_ptr<TestBench> bench_;
  BlockQueue* queue_ = nullptr;
};

// Cuts a length into odd pieces, some of them empty.
std::vector<size_t> odd_pieces(Random& random, size_t length_bytes) {
  std::vector<size_t> pieces;
  while (length_bytes > 0) {
    const size_t piece = std::min<size_t>(length_bytes, random.below(1700));
    pieces.push_back(piece);
    length_bytes -= piece;
  }
  return pieces;
}

TEST_P(BackendConformance, TellsItsGeometry) {
  const BlockGeometry geometry = device_->geometry();
  EXPECT_EQ(geometry.capacity_bytes, kTestDiskCapacityBytes);
  EXPECT_EQ(geometry.block_bytes, block());
  EXPECT_FALSE(geometry.is_read_only);
  EXPECT_FALSE(device_->describe().empty());
}

TEST_P(BackendConformance, ReadsBackWhatWasWritten) {
  const auto bytes = pattern(1, 64 * kKiB);
  ASSERT_EQ(write(kMiB, bytes), Status::ok);
  EXPECT_EQ(read(kMiB, bytes.size()), bytes);
  const std::vector<uint8_t> middle(bytes.begin() + 4096, bytes.begin() + 12288);
  EXPECT_EQ(read(kMiB + 4096, 8192), middle);
}

TEST_P(BackendConformance, NewDisksReadAsZeroes) {
  EXPECT_EQ(read(0, 8192), std::vector<uint8_t>(8192, 0));
  EXPECT_EQ(read(kTestDiskCapacityBytes - 8192, 8192), std::vector<uint8_t>(8192, 0));
}

TEST_P(BackendConformance, FirstAndLastBlockAreOnTheDisk) {
  const auto first = pattern(2, block());
  const auto last = pattern(3, block());
  ASSERT_EQ(write(0, first), Status::ok);
  ASSERT_EQ(write(kTestDiskCapacityBytes - block(), last), Status::ok);
  EXPECT_EQ(read(0, block()), first);
  EXPECT_EQ(read(kTestDiskCapacityBytes - block(), block()), last);
}

TEST_P(BackendConformance, OddSegmentsOfUnalignedMemoryCarryTheRightBytes) {
  constexpr uint64_t kSeed = 20261123;
  Random random(kSeed);
  for (const size_t misalignment : {size_t{0}, size_t{1}, size_t{511}, size_t{512}}) {
    const size_t length = block() * (1 + random.below(96));
    const auto bytes = pattern(misalignment, length);
    auto write_request = TestRequest::transfer(BlockOp::write, 8 * block(), odd_pieces(random, length), misalignment);
    write_request->fill(bytes);
    ASSERT_EQ(perform(*bench_, *queue_, *write_request), Status::ok);
    auto read_request = TestRequest::transfer(BlockOp::read, 8 * block(), odd_pieces(random, length), misalignment);
    ASSERT_EQ(perform(*bench_, *queue_, *read_request), Status::ok);
    EXPECT_EQ(read_request->bytes(), bytes) << "seed " << kSeed << ", misalignment " << misalignment;
    EXPECT_TRUE(read_request->are_guards_intact());
    EXPECT_TRUE(write_request->are_guards_intact());
  }
}

TEST_P(BackendConformance, MoreSegmentsThanOneSystemCallTakesAreCarried) {
  const size_t length = block() * 40;
  const auto bytes = pattern(4, length);
  auto write_request = TestRequest::transfer(BlockOp::write, 0, std::vector<size_t>(length / 16, 16));
  write_request->fill(bytes);
  ASSERT_EQ(perform(*bench_, *queue_, *write_request), Status::ok);
  auto read_request = TestRequest::transfer(BlockOp::read, 0, std::vector<size_t>(length / 16, 16));
  ASSERT_EQ(perform(*bench_, *queue_, *read_request), Status::ok);
  EXPECT_EQ(read_request->bytes(), bytes);
  EXPECT_TRUE(read_request->are_guards_intact());
}

TEST_P(BackendConformance, LargeTransfersAreCarriedWhole) {
  const size_t length = 5 * kMiB + block();
  const auto bytes = pattern(5, length);
  auto write_request = TestRequest::transfer(
      BlockOp::write, 3 * block(), {length / 2 / block() * block(), 0, length - length / 2 / block() * block()});
  write_request->fill(bytes);
  ASSERT_EQ(perform(*bench_, *queue_, *write_request), Status::ok);
  // An unaligned one, in pieces through the engine's own buffers where there are such.
  auto read_request = TestRequest::transfer(BlockOp::read, 3 * block(), {100, length - 100}, 3);
  ASSERT_EQ(perform(*bench_, *queue_, *read_request), Status::ok);
  EXPECT_EQ(read_request->bytes(), bytes);
  EXPECT_TRUE(read_request->are_guards_intact());
}

TEST_P(BackendConformance, ManyRequestsAtOnceFinishOnceEach) {
  constexpr size_t kCount = 600;
  std::vector<std::unique_ptr<TestRequest>> writes;
  std::vector<TestRequest*> batch;
  for (size_t i = 0; i < kCount; ++i) {
    // Every third one from unaligned memory.
    writes.push_back(TestRequest::transfer(BlockOp::write, i * 8192, {4096}, i % 3 == 0 ? 8 : 0));
    writes.back()->fill(pattern(i, 4096));
    batch.push_back(writes.back().get());
  }
  submit(*queue_, batch);
  const auto are_all_finished = [&] {
    return std::all_of(batch.begin(), batch.end(), [](const TestRequest* each) { return each->finish_count > 0; });
  };
  ASSERT_TRUE(bench_->turn_until(are_all_finished));
  bench_->reactor().turn();
  for (const TestRequest* each : batch) {
    EXPECT_EQ(each->finish_count, 1u);
    EXPECT_EQ(each->status, Status::ok) << status_name(each->status);
  }
  for (size_t i = 0; i < kCount; i += 37) EXPECT_EQ(read(i * 8192, 4096), pattern(i, 4096)) << i;
}

TEST_P(BackendConformance, FlushAndForcedWritesSucceed) {
  auto forced = TestRequest::transfer(BlockOp::write, 0, {4096});
  forced->request.is_fua = true;
  forced->fill(pattern(6, 4096));
  EXPECT_EQ(perform(*bench_, *queue_, *forced), Status::ok);
  EXPECT_EQ(flush(*bench_, *queue_), Status::ok);
  EXPECT_EQ(read(0, 4096), pattern(6, 4096));
}

TEST_P(BackendConformance, WriteZeroesMakesTheRangeReadAsZeroes) {
  if (!device_->geometry().can_write_zeroes) {
    EXPECT_EQ(perform_range(BlockOp::write_zeroes, 0, kMiB), Status::unsupported);
    return;
  }
  for (const bool may_unmap : {false, true}) {
    const auto bytes = pattern(7, 8 * kMiB);
    ASSERT_EQ(write(0, bytes), Status::ok);
    const uint64_t first = 3 * block();
    const uint64_t length = 5 * kMiB + 5 * block();
    ASSERT_LE(length, device_->geometry().write_zeroes_max_bytes);
    ASSERT_EQ(perform_range(BlockOp::write_zeroes, first, length, may_unmap), Status::ok);
    auto expected = bytes;
    std::fill_n(expected.begin() + static_cast<ptrdiff_t>(first), length, uint8_t{0});
    EXPECT_TRUE(read(0, bytes.size()) == expected) << "may_unmap " << may_unmap;
  }
}

TEST_P(BackendConformance, DiscardLeavesTheNeighboursAlone) {
  const BlockGeometry geometry = device_->geometry();
  if (!geometry.can_discard) {
    EXPECT_EQ(perform_range(BlockOp::discard, 0, kMiB), Status::unsupported);
    return;
  }
  const auto bytes = pattern(8, 4 * kMiB);
  ASSERT_EQ(write(0, bytes), Status::ok);
  const uint64_t length = std::min<uint64_t>(2 * kMiB + block(), geometry.discard_max_bytes);
  ASSERT_EQ(perform_range(BlockOp::discard, kMiB, length), Status::ok);
  const auto after = read(0, bytes.size());
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + kMiB, after.begin()));
  const auto behind = static_cast<ptrdiff_t>(kMiB + length);
  EXPECT_TRUE(std::equal(bytes.begin() + behind, bytes.end(), after.begin() + behind));
}

TEST_P(BackendConformance, ContentOutlivesTheDeviceOrEndsWithIt) {
  ASSERT_EQ(write(kMiB, pattern(9, 4096)), Status::ok);
  ASSERT_EQ(flush(*bench_, *queue_), Status::ok);
  close();
  open();
  EXPECT_EQ(read(kMiB, 4096), disk_->keeps_content() ? pattern(9, 4096) : std::vector<uint8_t>(4096, 0));
}

TEST_P(BackendConformance, ReadOnlyDevicesSaySoAndRead) {
  if (disk_->keeps_content()) {
    ASSERT_EQ(write(0, pattern(10, 4096)), Status::ok);
    ASSERT_EQ(flush(*bench_, *queue_), Status::ok);
  }
  close();
  open(true);
  const BlockGeometry geometry = device_->geometry();
  EXPECT_TRUE(geometry.is_read_only);
  EXPECT_FALSE(geometry.can_discard);
  EXPECT_FALSE(geometry.can_write_zeroes);
  EXPECT_EQ(read(0, 4096), disk_->keeps_content() ? pattern(10, 4096) : std::vector<uint8_t>(4096, 0));
  EXPECT_EQ(flush(*bench_, *queue_), Status::ok);
}

TEST_P(BackendConformance, GrowingIsSeenAndUsableOrRefused) {
  CountingWatcher watcher;
  device_->watch(&watcher);
  const uint64_t larger = kTestDiskCapacityBytes + 16 * kMiB;
  if (!disk_->can_resize()) {
    ASSERT_FALSE(device_->resize(larger).has_value());
    ASSERT_TRUE(device_->resize(0).has_value());
    EXPECT_EQ(device_->geometry().capacity_bytes, kTestDiskCapacityBytes);
    EXPECT_EQ(watcher.changes.load(), 0u);
    return device_->watch(nullptr);
  }
  if (disk_->resize_outside(larger)) {
    ASSERT_TRUE(device_->resize(0).has_value());
  } else {
    ASSERT_TRUE(device_->resize(larger).has_value());
  }
  EXPECT_EQ(device_->geometry().capacity_bytes, larger);
  EXPECT_EQ(watcher.changes.load(), 1u);
  ASSERT_EQ(write(larger - 4096, pattern(11, 4096)), Status::ok);
  EXPECT_EQ(read(larger - 4096, 4096), pattern(11, 4096));
  ASSERT_TRUE(device_->resize(0).has_value());
  EXPECT_EQ(watcher.changes.load(), 1u);
  device_->watch(nullptr);
}

TEST_P(BackendConformance, DrainEndsEverythingAndTheQueueWorksOn) {
  constexpr size_t kCount = 400;
  std::vector<std::unique_ptr<TestRequest>> writes;
  std::vector<TestRequest*> batch;
  for (size_t i = 0; i < kCount; ++i) {
    writes.push_back(TestRequest::transfer(BlockOp::write, i * 4096, {4096}, 4));
    batch.push_back(writes.back().get());
  }
  submit(*queue_, batch);
  queue_->drain();
  ASSERT_TRUE(bench_->turn_until([this] { return queue_->is_drained(); }));
  for (const TestRequest* each : batch) {
    EXPECT_EQ(each->finish_count, 1u);
    EXPECT_TRUE(each->status == Status::ok || each->status == Status::aborted) << status_name(each->status);
  }
  ASSERT_EQ(write(0, pattern(12, 4096)), Status::ok);
  EXPECT_EQ(read(0, 4096), pattern(12, 4096));
}

TEST_P(BackendConformance, DrainOfAnIdleQueueIsDoneAtOnceOrSoon) {
  queue_->drain();
  EXPECT_TRUE(bench_->turn_until([this] { return queue_->is_drained(); }));
}

TEST_P(BackendConformance, RandomMixAgreesWithAModel) {
  constexpr uint64_t kSeed = 4711;
  constexpr size_t kModelBytes = 4 * kMiB;
  Random random(kSeed);
  std::vector<uint8_t> model(kModelBytes, 0);
  ASSERT_EQ(write(0, model), Status::ok);
  const bool can_zero = device_->geometry().can_write_zeroes;
  for (uint64_t i = 0; i < 200; ++i) {
    const uint64_t blocks = kModelBytes / block();
    const uint64_t first = random.below(blocks);
    const uint64_t count = 1 + random.below(std::min<uint64_t>(blocks - first, 64 * kKiB / block()));
    const auto begin = model.begin() + static_cast<ptrdiff_t>(first * block());
    if (can_zero && random.one_in(5)) {
      ASSERT_EQ(perform_range(BlockOp::write_zeroes, first * block(), count * block(), random.one_in(2)), Status::ok);
      std::fill_n(begin, count * block(), uint8_t{0});
      continue;
    }
    const auto pieces = odd_pieces(random, count * block());
    const bool is_write = random.one_in(2);
    auto request = TestRequest::transfer(is_write ? BlockOp::write : BlockOp::read, first * block(), pieces,
                                         random.one_in(2) ? random.below(64) : 0);
    const auto bytes = pattern(i, count * block());
    if (is_write) request->fill(bytes);
    ASSERT_EQ(perform(*bench_, *queue_, *request), Status::ok) << "seed " << kSeed << " step " << i;
    if (is_write) std::copy(bytes.begin(), bytes.end(), begin);
    const auto end = begin + static_cast<ptrdiff_t>(count * block());
    ASSERT_TRUE(is_write || std::equal(begin, end, request->bytes().begin())) << "seed " << kSeed << " step " << i;
  }
  EXPECT_TRUE(read(0, kModelBytes) == model) << "seed " << kSeed;
}

INSTANTIATE_TEST_SUITE_P(Local, BackendConformance, testing::ValuesIn(local_disk_kinds()),
                         [](const auto& tested) { return std::string(tested.param.name); });

INSTANTIATE_TEST_SUITE_P(Iscsi, BackendConformance, testing::ValuesIn(iscsi_disk_kinds()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace

}  // namespace laneway
