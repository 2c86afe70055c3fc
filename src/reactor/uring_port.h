#pragma once
// UringPort is the KernelPort of production: one io_uring, restricted to the operations below. It may be opened on any
// thread and belongs to the thread that first flushes or reaps. Needs Linux 5.11 (waiting with a time limit); uses
// single-issuer and deferred task work where the kernel has them (6.1).

#include <liburing.h>

#include <memory>

#include "reactor/kernel_port.h"

namespace laneway {

class UringPort final : public KernelPort {
 public:
  struct Options {
    uint32_t submission_entries = 1024;  // started operations that one flush can carry; more cost another system call
    uint32_t completion_entries = 8192;
  };

  static Result<std::unique_ptr<UringPort>> open(const Options& options);
  ~UringPort() override;

  void read(KernelOp& op, int fd, IoVectors into, uint64_t offset_bytes) override;
  void write(KernelOp& op, int fd, IoVectors from, uint64_t offset_bytes, int rwf_flags) override;
  void fsync(KernelOp& op, int fd) override;
  void fallocate(KernelOp& op, int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes) override;
  void connect(KernelOp& op, int fd, const sockaddr* address, socklen_t length) override;
  void accept(KernelOp& op, int fd) override;
  void receive(KernelOp& op, int fd, msghdr* message, int flags) override;
  void send(KernelOp& op, int fd, const msghdr* message, int flags) override;
  void poll_hangup(KernelOp& op, int fd) override;
  void cancel(KernelOp& op) override;

  Result<UniqueFd> tcp_socket(int family) override;
  void shut_down(int fd) override;
  void close(UniqueFd fd) override;

  uint32_t reap(uint32_t budget) override;
  bool has_unflushed() const override { return io_uring_sq_ready(&ring_) > 0; }
  void keep_together(uint32_t operations) override;
  void flush() override;
  void sleep(uint64_t until_ns) override;
  void wake() override;
  Clock& clock() override { return clock_; }

 private:
  UringPort(const io_uring& ring, UniqueFd wake_fd);
  io_uring_sqe* start(KernelOp& op);
  io_uring_sqe* next_entry();
  void bind_to_thread();
  void arm_wake_read();
  void complete(void* user_data, int32_t result);

  // Fixed after construction
  MonotonicClock clock_;
  UniqueFd wake_fd_;

  // Home reactor only
  io_uring ring_;
  bool is_enabled_ = false;  // by the thread that it belongs to from then on
  bool is_wake_armed_ = false;
  uint64_t wake_count_ = 0;  // what the pending read of wake_fd_ writes to
};

}  // namespace laneway
