#include "reactor/uring_limits.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <set>

namespace laneway {
namespace {

// A ring as UringPort has it, for whatever is to be tried on it.
class RestrictedRing : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(io_uring_queue_init(8, &ring_, IORING_SETUP_R_DISABLED), 0);
    const Result<void> restricted = restrict_ring(ring_);
    ASSERT_TRUE(restricted) << restricted.error().message;
    ASSERT_EQ(call_register(IORING_REGISTER_ENABLE_RINGS, nullptr, 0), 0);
  }
  void TearDown() override { io_uring_queue_exit(&ring_); }

  int call_register(unsigned operation, const void* argument, unsigned count) {
    return ::syscall(__NR_io_uring_register, ring_.ring_fd, operation, argument, count) == 0 ? 0 : -errno;
  }
  // The result of an entry without sense but for its operation and flags.
  int32_t try_entry(uint8_t operation, uint8_t flags = 0) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    io_uring_prep_rw(operation, entry, -1, nullptr, 0, 0);
    entry->flags = flags;
    io_uring_cqe* done = nullptr;
    if (io_uring_submit(&ring_) != 1 || io_uring_wait_cqe(&ring_, &done) != 0) return -ENOTRECOVERABLE;
    const int32_t result = done->res;
    io_uring_cqe_seen(&ring_, done);
    return result;
  }

  io_uring ring_{};
};

TEST_F(RestrictedRing, CarriesOutNothingButWhatReactorsAskFor) {
  const std::set<int> allowed = {IORING_OP_READ,         IORING_OP_READV,   IORING_OP_WRITE,     IORING_OP_WRITEV,
                                 IORING_OP_FSYNC,        IORING_OP_ACCEPT,  IORING_OP_RECV,      IORING_OP_RECVMSG,
                                 IORING_OP_SEND,         IORING_OP_SENDMSG, IORING_OP_FALLOCATE, IORING_OP_CONNECT,
                                 IORING_OP_ASYNC_CANCEL, IORING_OP_POLL_ADD};
  for (int operation = 0; operation < IORING_OP_LAST; ++operation) {
    const int32_t result = try_entry(static_cast<uint8_t>(operation));
    if (allowed.count(operation) != 0) {
      EXPECT_NE(result, -EACCES) << operation;
    } else {
      EXPECT_EQ(result, -EACCES) << operation;
    }
  }
}

TEST_F(RestrictedRing, TakesNoFlagsAndRegistersNothing) {
  EXPECT_EQ(try_entry(IORING_OP_READ, IOSQE_FIXED_FILE), -EACCES);
  EXPECT_EQ(try_entry(IORING_OP_READ, IOSQE_IO_LINK), -EACCES);
  const int fd = 0;
  EXPECT_EQ(call_register(IORING_REGISTER_FILES, &fd, 1), -EACCES);
}

TEST(RestrictRing, RefusesARingThatIsEnabled) {
  io_uring ring{};
  ASSERT_EQ(io_uring_queue_init(8, &ring, 0), 0);
  EXPECT_FALSE(restrict_ring(ring));
  io_uring_queue_exit(&ring);
}

}  // namespace
}  // namespace laneway
