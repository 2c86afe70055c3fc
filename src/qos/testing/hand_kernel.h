#pragma once
// HandKernel is a KernelPort without a kernel: its clock stands still until a test moves it, and there is no I/O. For
// what lives on a reactor and needs only time. One thread.

#include "reactor/kernel_port.h"

namespace laneway {

class HandKernel final : public KernelPort {
 public:
  uint64_t time_ns = 1000 * kSecond;

  void read(KernelOp&, int, IoVectors, uint64_t) override { refuse(); }
  void write(KernelOp&, int, IoVectors, uint64_t, int) override { refuse(); }
  void fsync(KernelOp&, int) override { refuse(); }
  void fallocate(KernelOp&, int, int, uint64_t, uint64_t) override { refuse(); }
  void connect(KernelOp&, int, const sockaddr*, socklen_t) override { refuse(); }
  void accept(KernelOp&, int) override { refuse(); }
  void receive(KernelOp&, int, msghdr*, int) override { refuse(); }
  void send(KernelOp&, int, const msghdr*, int) override { refuse(); }
  void poll_hangup(KernelOp&, int) override { refuse(); }
  void cancel(KernelOp&) override { refuse(); }
  Result<UniqueFd> tcp_socket(int) override { return fail(ErrorCode::unsupported, "there is no kernel"); }
  void shut_down(int) override { refuse(); }
  void close(UniqueFd) override { refuse(); }
  uint32_t reap(uint32_t) override { return 0; }
  void keep_together(uint32_t) override {}
  void flush() override {}
  // The time that the reactor would sleep until.
  void sleep(uint64_t until_ns) override { sleeps_until_ns = until_ns; }
  void wake() override {}
  Clock& clock() override { return clock_; }

  uint64_t sleeps_until_ns = 0;

 private:
  struct HandClock final : Clock {
    explicit HandClock(const HandKernel& of) : kernel(of) {}
    uint64_t now_ns() override { return kernel.time_ns; }
    const HandKernel& kernel;
  };
  static void refuse() { LW_ASSERT(false && "no I/O in this test"); }

  HandClock clock_{*this};
};

}  // namespace laneway
