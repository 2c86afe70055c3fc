#include "reactor/uring_port.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>

#include "reactor/uring_limits.h"

namespace laneway {

namespace {

// Marks of completions that belong to no KernelOp; any addresses of our own serve.
char wake_mark;
char cancel_mark;

constexpr uint32_t kCompletionsPerBatch = 64;

// Newest first: a kernel refuses flags that it does not know with EINVAL. Disabled at first: to be restricted, and to
// belong to the thread that enables it.
constexpr uint32_t kSetupAlways = IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE;
constexpr std::array<uint32_t, 3> kSetupAttempts = {
    kSetupAlways | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    kSetupAlways | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    kSetupAlways,
};

}  // namespace

Result<std::unique_ptr<UringPort>> UringPort::open(const Options& options) {
  UniqueFd wake_fd(eventfd(0, EFD_CLOEXEC));
  if (!wake_fd) return fail(ErrorCode::io, "cannot create an eventfd: {}", errno_text(errno));
  int result = -EINVAL;
  for (const uint32_t flags : kSetupAttempts) {
    io_uring ring{};
    io_uring_params params{};
    params.flags = flags;
    params.cq_entries = options.completion_entries;
    result = io_uring_queue_init_params(options.submission_entries, &ring, &params);
    if (result == -EINVAL) continue;
    if (result != 0) break;
    if (Result<void> restricted = restrict_ring(ring); !restricted) {
      io_uring_queue_exit(&ring);
      return pass_on(restricted);
    }
    return std::unique_ptr<UringPort>(new UringPort(ring, std::move(wake_fd)));
  }
  if (result == -EPERM || result == -ENOSYS) {
    return fail(
        ErrorCode::unsupported,
        "this system does not allow io_uring ({}); the engine needs it: set the sysctl kernel.io_uring_disabled "
        "to 0, or allow it in the container's seccomp profile",
        errno_text(-result));
  }
  return fail(ErrorCode::io, "cannot set up an io_uring: {}", errno_text(-result));
}

UringPort::UringPort(const io_uring& ring, UniqueFd wake_fd) : wake_fd_(std::move(wake_fd)), ring_(ring) {}

UringPort::~UringPort() { io_uring_queue_exit(&ring_); }

void UringPort::bind_to_thread() {
  if (!is_enabled_) {
    is_enabled_ = true;
    // liburing 2.3, Debian 12's, declares io_uring_enable_rings() but its shared library does not export it.
    const long result = ::syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    LW_ASSERT(result == 0);
  }
}

void UringPort::arm_wake_read() {
  if (is_wake_armed_) return;
  io_uring_sqe* entry = next_entry();
  io_uring_prep_read(entry, wake_fd_.get(), &wake_count_, sizeof(wake_count_), 0);
  io_uring_sqe_set_data(entry, &wake_mark);
  is_wake_armed_ = true;
}

io_uring_sqe* UringPort::next_entry() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry != nullptr) return entry;
  // The submission ring is full: hand it over early.
  flush();
  entry = io_uring_get_sqe(&ring_);
  LW_ASSERT(entry != nullptr);
  return entry;
}

io_uring_sqe* UringPort::start(KernelOp& op) {
  io_uring_sqe* entry = next_entry();
  op.started();
  return entry;
}

void UringPort::read(KernelOp& op, int fd, IoVectors into, uint64_t offset_bytes) {
  io_uring_sqe* entry = start(op);
  if (into.count == 1) {
    io_uring_prep_read(entry, fd, into.first->iov_base, static_cast<uint32_t>(into.first->iov_len), offset_bytes);
  } else {
    io_uring_prep_readv(entry, fd, into.first, into.count, offset_bytes);
  }
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::write(KernelOp& op, int fd, IoVectors from, uint64_t offset_bytes, int rwf_flags) {
  io_uring_sqe* entry = start(op);
  if (from.count == 1) {
    io_uring_prep_write(entry, fd, from.first->iov_base, static_cast<uint32_t>(from.first->iov_len), offset_bytes);
  } else {
    io_uring_prep_writev(entry, fd, from.first, from.count, offset_bytes);
  }
  entry->rw_flags = rwf_flags;
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::fsync(KernelOp& op, int fd) {
  io_uring_sqe* entry = start(op);
  io_uring_prep_fsync(entry, fd, IORING_FSYNC_DATASYNC);
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::fallocate(KernelOp& op, int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes) {
  io_uring_sqe* entry = start(op);
  io_uring_prep_fallocate(entry, fd, mode, static_cast<off_t>(offset_bytes), static_cast<off_t>(length_bytes));
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::connect(KernelOp& op, int fd, const sockaddr* address, socklen_t length) {
  io_uring_sqe* entry = start(op);
  io_uring_prep_connect(entry, fd, address, length);
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::accept(KernelOp& op, int fd) {
  io_uring_sqe* entry = start(op);
  io_uring_prep_accept(entry, fd, nullptr, nullptr, SOCK_CLOEXEC);
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::receive(KernelOp& op, int fd, msghdr* message, int flags) {
  io_uring_sqe* entry = start(op);
  // One plain buffer needs no message header: the kernel has less to copy.
  if (message->msg_iovlen == 1 && message->msg_control == nullptr) {
    io_uring_prep_recv(entry, fd, message->msg_iov->iov_base, message->msg_iov->iov_len, flags);
  } else {
    io_uring_prep_recvmsg(entry, fd, message, static_cast<uint32_t>(flags));
  }
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::send(KernelOp& op, int fd, const msghdr* message, int flags) {
  io_uring_sqe* entry = start(op);
  flags |= MSG_NOSIGNAL;
  if (message->msg_iovlen == 1 && message->msg_control == nullptr) {
    io_uring_prep_send(entry, fd, message->msg_iov->iov_base, message->msg_iov->iov_len, flags);
  } else {
    io_uring_prep_sendmsg(entry, fd, message, static_cast<uint32_t>(flags));
  }
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::poll_hangup(KernelOp& op, int fd) {
  io_uring_sqe* entry = start(op);
  io_uring_prep_poll_add(entry, fd, POLLRDHUP);
  io_uring_sqe_set_data(entry, &op);
}

void UringPort::cancel(KernelOp& op) {
  if (!op.is_in_flight()) return;
  io_uring_sqe* entry = next_entry();
  io_uring_prep_cancel(entry, &op, 0);
  io_uring_sqe_set_data(entry, &cancel_mark);
}

Result<UniqueFd> UringPort::tcp_socket(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) return fail(ErrorCode::io, "cannot create a TCP socket: {}", errno_text(errno));
  const int on = 1;
  if (::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    return fail(ErrorCode::io, "cannot set TCP_NODELAY: {}", errno_text(errno));
  }
  // Closing drops what was not sent yet: a write of a session that was given up must not arrive after its successor's.
  const linger drop_unsent{.l_onoff = 1, .l_linger = 0};
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &drop_unsent, sizeof(drop_unsent)) != 0) {
    return fail(ErrorCode::io, "cannot set SO_LINGER: {}", errno_text(errno));
  }
  return fd;
}

void UringPort::shut_down(int fd) { ::shutdown(fd, SHUT_RDWR); }

void UringPort::close(UniqueFd fd) { fd.reset(); }

uint32_t UringPort::reap(uint32_t budget) {
  bind_to_thread();
  // With deferred task work the kernel posts completions only when asked; the flag says whether there is anything to
  // post.
  const uint32_t flags = __atomic_load_n(ring_.sq.kflags, __ATOMIC_RELAXED);
  if ((flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0) io_uring_get_events(&ring_);

  uint32_t reaped = 0;
  while (reaped < budget) {
    std::array<io_uring_cqe*, kCompletionsPerBatch> batch;
    const uint32_t count =
        io_uring_peek_batch_cqe(&ring_, batch.data(), std::min<uint32_t>(kCompletionsPerBatch, budget - reaped));
    if (count == 0) break;
    // Copied before they are dispatched: what a completion starts may overwrite the ring's entries.
    struct Completion {
      void* user_data;
      int32_t result;
    };
    std::array<Completion, kCompletionsPerBatch> done;
    for (uint32_t i = 0; i < count; ++i) done[i] = {io_uring_cqe_get_data(batch[i]), batch[i]->res};
    io_uring_cq_advance(&ring_, count);
    for (uint32_t i = 0; i < count; ++i) complete(done[i].user_data, done[i].result);
    reaped += count;
  }
  return reaped;
}

void UringPort::complete(void* user_data, int32_t result) {
  if (user_data == &cancel_mark) return;
  if (user_data == &wake_mark) {
    is_wake_armed_ = false;
    arm_wake_read();
    return;
  }
  static_cast<KernelOp*>(user_data)->completed(result);
}

void UringPort::keep_together(uint32_t operations) {
  if (io_uring_sq_space_left(&ring_) < operations) flush();
}

void UringPort::flush() {
  bind_to_thread();
  // EINTR and EBUSY leave the rest in the ring for the next flush; other errors would be defects of ours.
  while (io_uring_sq_ready(&ring_) > 0) {
    const int submitted = io_uring_submit(&ring_);
    if (submitted > 0) continue;
    LW_ASSERT(submitted == -EINTR || submitted == -EBUSY || submitted == -EAGAIN);
    break;
  }
}

void UringPort::sleep(uint64_t until_ns) {
  bind_to_thread();
  arm_wake_read();
  io_uring_cqe* first = nullptr;
  if (until_ns == kNever) {
    io_uring_submit_and_wait_timeout(&ring_, &first, 1, nullptr, nullptr);
    return;
  }
  const uint64_t now = clock_.now_ns();
  const uint64_t remaining = until_ns > now ? until_ns - now : 0;
  __kernel_timespec limit{};
  limit.tv_sec = static_cast<int64_t>(remaining / kSecond);
  limit.tv_nsec = static_cast<long long>(remaining % kSecond);
  io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
}

void UringPort::wake() {
  const uint64_t one = 1;
  // The counter cannot overflow: each wake-up is consumed by the pending read.
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_.get(), &one, sizeof(one));
}

}  // namespace laneway
