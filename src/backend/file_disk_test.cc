#include "backend/file_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "backend/testing/test_bench.h"
#include "backend/testing/test_disks.h"
#include "backend/testing/test_request.h"
#include "base/outside.h"

namespace laneway {

namespace {

class FileDiskTest : public testing::Test {
 protected:
  FileDiskOptions options(uint64_t create_bytes = 0) const {
    FileDiskOptions made;
    made.path = folder_.path("disk");
    made.create_bytes = create_bytes;
    made.lock_wait_ms = 0;
    return made;
  }
  bool exists() const { return std::filesystem::exists(folder_.path("disk")); }
  void make_file(uint64_t size_bytes) const {
    const UniqueFd fd(::open(folder_.path("disk").c_str(), O_RDWR | O_CREAT, 0600));
    ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(size_bytes)), 0);
  }
  void expect_refused(const FileDiskOptions& wanted, ErrorCode code) const {
    const auto disk = FileDisk::open(wanted);
    ASSERT_FALSE(disk.has_value());
    EXPECT_EQ(disk.error().code, code) << disk.error().message;
    EXPECT_NE(disk.error().message.find(wanted.path), std::string::npos) << disk.error().message;
  }

  TestFolder folder_;
};

TEST_F(FileDiskTest, CreatesASparseFileOfTheSizeAskedFor) {
  const auto disk = FileDisk::open(options(kGiB));
  ASSERT_TRUE(disk.has_value());
  EXPECT_EQ((*disk)->geometry().capacity_bytes, kGiB);
  struct stat found {};
  ASSERT_EQ(::stat(folder_.path("disk").c_str(), &found), 0);
  EXPECT_EQ(found.st_size, static_cast<off_t>(kGiB));
  EXPECT_LT(found.st_blocks * 512, static_cast<off_t>(kMiB));
  EXPECT_EQ((*disk)->describe(), "file " + folder_.path("disk"));
}

TEST_F(FileDiskTest, RefusesAPathThatDoesNotExist) { expect_refused(options(), ErrorCode::not_found); }

TEST_F(FileDiskTest, RefusesToCreateWhatIsThere) {
  make_file(kMiB);
  expect_refused(options(kMiB), ErrorCode::already_exists);
  EXPECT_TRUE(exists());
}

TEST_F(FileDiskTest, RefusesASizeThatIsNoMultipleOfTheBlock) {
  make_file(kMiB + 1);
  expect_refused(options(), ErrorCode::invalid_argument);
}

TEST_F(FileDiskTest, RefusesAnEmptyFile) {
  make_file(0);
  expect_refused(options(), ErrorCode::invalid_argument);
}

TEST_F(FileDiskTest, RefusesToCreateAnOddSizeAndLeavesNothing) {
  expect_refused(options(kMiB + 100), ErrorCode::invalid_argument);
  EXPECT_FALSE(exists());
}

TEST_F(FileDiskTest, RemovesWhatItMadeWhenTheSizeIsTooLarge) {
  expect_refused(options(uint64_t{1} << 61), ErrorCode::no_space);
  EXPECT_FALSE(exists());
}

TEST_F(FileDiskTest, RefusesAnotherBlockSize) {
  make_file(kMiB);
  auto wanted = options();
  wanted.block_bytes = 1024;
  expect_refused(wanted, ErrorCode::invalid_argument);
}

TEST_F(FileDiskTest, RefusesAFolderAndAPipe) {
  auto wanted = options();
  wanted.path = folder_.path(".");
  expect_refused(wanted, ErrorCode::invalid_argument);
  ASSERT_EQ(::mkfifo(folder_.path("disk").c_str(), 0600), 0);
  expect_refused(options(), ErrorCode::invalid_argument);
}

TEST_F(FileDiskTest, RefusesAFileThatItMayNotRead) {
  make_file(kMiB);
  ASSERT_EQ(::chmod(folder_.path("disk").c_str(), 0), 0);
  // Root may read everything: for the moment of the attempt the test is somebody else.
  constexpr uid_t kNobody = 65534;
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::chmod(folder_.path(".").c_str(), 0711), 0);
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  expect_refused(options(), ErrorCode::permission_denied);
  ASSERT_EQ(::seteuid(is_root ? 0 : ::geteuid()), 0);
}

TEST_F(FileDiskTest, ASecondFunctionOnTheSameFileIsRefused) {
  auto first = FileDisk::open(options(kMiB));
  ASSERT_TRUE(first.has_value());
  expect_refused(options(), ErrorCode::in_use);
  auto reader = options();
  reader.is_read_only = true;
  expect_refused(reader, ErrorCode::in_use);
  first->reset();
  EXPECT_TRUE(FileDisk::open(options()).has_value());
}

TEST_F(FileDiskTest, ReadOnlyFunctionsShareAFile) {
  make_file(kMiB);
  auto reader = options();
  reader.is_read_only = true;
  const auto first = FileDisk::open(reader);
  const auto second = FileDisk::open(reader);
  EXPECT_TRUE(first.has_value());
  EXPECT_TRUE(second.has_value());
  EXPECT_FALSE((*first)->resize(2 * kMiB).has_value());
}

TEST_F(FileDiskTest, ShrinkingIsSeenAndReadsBehindTheEndFail) {
  auto disk = FileDisk::open(options(8 * kMiB));
  ASSERT_TRUE(disk.has_value());
  ASSERT_TRUE((*disk)->resize(4 * kMiB).has_value());
  EXPECT_EQ((*disk)->geometry().capacity_bytes, 4 * kMiB);
  EXPECT_FALSE((*disk)->resize(4 * kMiB + 1).has_value());
  TestBench bench;
  BlockQueue& queue = bench.open_queue(**disk);
  auto read = TestRequest::transfer(BlockOp::read, 4 * kMiB, {4096});
  EXPECT_EQ(perform(bench, queue, *read), Status::io_error);
}

TEST_F(FileDiskTest, ZeroingWithoutDeallocationKeepsTheSpace) {
  auto disk = FileDisk::open(options(8 * kMiB));
  ASSERT_TRUE(disk.has_value());
  TestBench bench;
  BlockQueue& queue = bench.open_queue(**disk);
  auto zero = TestRequest::range(BlockOp::write_zeroes, 0, 4 * kMiB);
  ASSERT_EQ(perform(bench, queue, *zero), Status::ok);
  struct stat found {};
  ASSERT_EQ(::stat(folder_.path("disk").c_str(), &found), 0);
  EXPECT_GE(found.st_blocks * 512, static_cast<off_t>(4 * kMiB));
  auto unmap = TestRequest::range(BlockOp::discard, 0, 4 * kMiB);
  ASSERT_EQ(perform(bench, queue, *unmap), Status::ok);
  ASSERT_EQ(::stat(folder_.path("disk").c_str(), &found), 0);
  EXPECT_LT(found.st_blocks * 512, static_cast<off_t>(kMiB));
}

TEST_F(FileDiskTest, RequestsThatWaitTooLongTimeOutOnceEach) {
  auto disk = FileDisk::open(options(8 * kMiB));
  ASSERT_TRUE(disk.has_value());
  TestBench bench;
  BlockQueue& queue = bench.open_queue(**disk);
  std::vector<std::unique_ptr<TestRequest>> writes;
  std::vector<TestRequest*> batch;
  for (uint64_t i = 0; i < 200; ++i) {
    // Unaligned, so that only a few get one of the buffers; the rest waits with a deadline that is over.
    writes.push_back(TestRequest::transfer(BlockOp::write, i * 4096, {4096}, 1));
    writes.back()->request.deadline_ns = i < 32 ? kNever : 1;
    batch.push_back(writes.back().get());
  }
  submit(queue, batch);
  ASSERT_TRUE(bench.turn_until([&queue] { return queue.is_drained(); }));
  for (uint64_t i = 0; i < 200; ++i) {
    EXPECT_EQ(writes[i]->finish_count, 1u);
    const bool must_wait = (*disk)->is_direct() && i >= 100;
    EXPECT_TRUE(i >= 32 || writes[i]->status == Status::ok);
    EXPECT_TRUE(!must_wait || writes[i]->status == Status::timed_out);
  }
}

TEST(FileDiskOnMemoryFileSystem, FallsBackToThePageCacheAndToWritingZeroes) {
  if (::access("/dev/shm", W_OK) != 0) GTEST_SKIP() << "no /dev/shm here";
  FileDiskOptions options;
  options.path = fmt::format("/dev/shm/laneway-test-{}", ::getpid());
  options.create_bytes = 16 * kMiB;
  auto disk = FileDisk::open(options);
  ASSERT_TRUE(disk.has_value()) << disk.error().message;
  ::unlink(options.path.c_str());
  TestBench bench;
  BlockQueue& queue = bench.open_queue(**disk);
  ASSERT_EQ(write_bytes(bench, queue, 0, pattern(1, 8 * kMiB)), Status::ok);
  for (int i = 0; i < 2; ++i) {
    // No ZERO_RANGE there: the second one goes straight to writing.
    auto zero = TestRequest::range(BlockOp::write_zeroes, 512, 4 * kMiB);
    ASSERT_EQ(perform(bench, queue, *zero), Status::ok);
    EXPECT_EQ(read_bytes(bench, queue, 512, 4 * kMiB), std::vector<uint8_t>(4 * kMiB, 0));
  }
  const auto bytes = pattern(1, 8 * kMiB);
  const auto tail = std::vector<uint8_t>(bytes.begin() + 512 + 4 * kMiB, bytes.end());
  EXPECT_EQ(read_bytes(bench, queue, 512 + 4 * kMiB, tail.size()), tail);
}

// A broker that gives nothing, and remembers what it was asked for.
class ClosedOutside final : public Outside {
 public:
  explicit ClosedOutside(std::vector<std::string>& asked) : asked_(asked) {}
  int open(const std::string& path, int /*flags*/, UniqueFd& /*file*/) override {
    asked_.push_back(path);
    return -EACCES;
  }

 private:
  std::vector<std::string>& asked_;
};

TEST_F(FileDiskTest, IsOpenedByTheBrokerWhereThereIsOne) {
  std::vector<std::string> asked;
  set_outside(std::make_unique<ClosedOutside>(asked));
  const auto refused = FileDisk::open(options());
  set_outside(std::make_unique<Outside>());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_EQ(asked, std::vector<std::string>{options().path});
}

}  // namespace

}  // namespace laneway
