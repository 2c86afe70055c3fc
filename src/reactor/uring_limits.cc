#include "reactor/uring_limits.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace laneway {

namespace {

// What UringPort submits.
constexpr std::array<uint8_t, 14> kAllowed = {
    IORING_OP_POLL_ADD, IORING_OP_READ,   IORING_OP_READV,   IORING_OP_WRITE,        IORING_OP_WRITEV,
    IORING_OP_FSYNC,    IORING_OP_ACCEPT, IORING_OP_RECV,    IORING_OP_RECVMSG,      IORING_OP_FALLOCATE,
    IORING_OP_CONNECT,  IORING_OP_SEND,   IORING_OP_SENDMSG, IORING_OP_ASYNC_CANCEL,
};

}  // namespace

Result<void> restrict_ring(const io_uring& ring) {
  // No register operation and no flag of an entry is among them, so none is allowed.
  std::array<io_uring_restriction, kAllowed.size()> allowed{};
  for (size_t i = 0; i < kAllowed.size(); ++i) {
    allowed[i].opcode = IORING_RESTRICTION_SQE_OP;
    allowed[i].sqe_op = kAllowed[i];
  }
  const long result = ::syscall(__NR_io_uring_register, ring.ring_fd, IORING_REGISTER_RESTRICTIONS, allowed.data(),
                                static_cast<unsigned>(allowed.size()));
  if (result != 0)
    return fail(ErrorCode::unsupported, "cannot restrict an io_uring: {}; the engine needs Linux 5.11 or newer",
                errno_text(errno));
  return {};
}

}  // namespace laneway
