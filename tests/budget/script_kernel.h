#pragma once
// ScriptKernel is a kernel port that does the least that an engine's path needs, the same in every run: time moves with
// the turns, reads of descriptors wait for kick(), and bytes of the one TCP connection go to and from a fake target
// between turns, outside of what is counted. Owned by the budget program. One thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "reactor/kernel_port.h"
#include "target/fake_target.h"

namespace laneway::budget {

class ScriptKernel final : public KernelPort {
 public:
  struct Counters {
    uint64_t operations = 0;  // started, of every kind
    uint64_t sends = 0;
    uint64_t receives = 0;
    uint64_t writes = 0;
  };

  // `target`: where connections lead; null where there is none. Outlives the port.
  explicit ScriptKernel(fake::FakeTarget* target) : target_(target) {}
  ~ScriptKernel() override;

  // Between turns: the peer takes what was sent and answers.
  void let_peer_work();
  // The guest's kick: a pending read of a descriptor completes.
  void kick();
  const Counters& counters() const { return counters_; }

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
  void shut_down(int /*fd*/) override {}
  void close(UniqueFd /*fd*/) override {}
  uint32_t reap(uint32_t budget) override;
  void keep_together(uint32_t /*operations*/) override {}
  void flush() override;
  void sleep(uint64_t until_ns) override;
  void wake() override {}
  Clock& clock() override { return clock_; }

 private:
  struct TurnClock final : Clock {
    uint64_t now_ns() override { return time_ns; }
    uint64_t time_ns = kSecond;
  };
  struct Ended {
    KernelOp* op = nullptr;
    int32_t result = 0;
  };
  void start(KernelOp& op);
  void end(KernelOp& op, int32_t result) { ended_.push_back({&op, result}); }
  void fill_receive();

  fake::FakeTarget* const target_;
  TurnClock clock_;
  Counters counters_;
  std::vector<Ended> ended_;
  std::vector<KernelOp*> waiting_;  // for what never comes: front-ends, messages
  std::vector<KernelOp*> kick_reads_;
  int tcp_fd_ = -1;
  std::unique_ptr<fake::TargetConnection> peer_;
  std::vector<uint8_t> to_peer_;
  std::vector<uint8_t> from_peer_;
  size_t taken_bytes_ = 0;  // of from_peer_
  KernelOp* receive_ = nullptr;
  msghdr* receive_into_ = nullptr;
};

}  // namespace laneway::budget
