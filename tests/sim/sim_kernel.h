#pragma once
// SimKernel is the kernel port of the simulation: simulated time, a simulated network, and every choice a kernel may
// make (when an operation completes, in which order, how much of it) drawn from one seeded Random. Event descriptors,
// unix sockets and memory files are real and used without blocking, so that descriptor passing is the real thing. Each
// reactor has a kernel port of its own; they share a host. Owned by the simulation, which is one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "reactor/kernel_port.h"
#include "sim/actor.h"
#include "sim/sim_host.h"

namespace laneway::sim {

// Chances are "one in N"; 0: never.
struct KernelOptions {
  uint64_t start_delay_max_ns = 3 * kMicrosecond;    // from the start of an operation to its effect, at the earliest
  uint64_t finish_delay_max_ns = 10 * kMicrosecond;  // from the effect to the completion
  uint64_t file_delay_max_ns = 2 * kMillisecond;     // files take that long instead
  uint32_t late_one_in = 200;
  uint64_t late_ns = 2 * kMillisecond;
  uint32_t short_one_in = 10;         // receives, sends, file transfers that move only a part
  uint32_t file_error_one_in = 0;     // -EIO
  uint32_t interrupted_one_in = 200;  // -EINTR of a file operation
  uint32_t socket_error_one_in = 0;   // tcp_socket() fails
  bool waits_for_flush = false;       // no operation has an effect before; else only those that are kept together wait
};

class FlushListener {
 public:
  // A system call handed everything that was started to the kernel.
  virtual void flushed() = 0;

 protected:
  ~FlushListener() = default;
};

class SimKernel final : public KernelPort {
 public:
  SimKernel(const KernelOptions& options, const NetworkOptions& network, uint64_t seed);
  SimKernel(const KernelOptions& options, SimHost& host);
  // For another reactor on the same host.
  explicit SimKernel(SimKernel& first);
  ~SimKernel() override;
  // Its process was killed: nothing completes any more, and what was under way to files may have its effect or not. It
  // is not used any more.
  void die();

  SimHost& host() { return host_; }
  SimNetwork& network() { return host_.network; }
  SimFiles& files() { return host_.files; }
  KernelOptions& options() { return options_; }

  // Null: nobody listens.
  void set_flush_listener(FlushListener* listener) { flush_listener_ = listener; }
  void add(Actor& actor) { host_.actors.push_back(&actor); }
  // Lets time pass while the reactor is busy.
  void pass(uint64_t ns);
  // True once a sleep had nothing to wait for, ever: the engine or the simulation is stuck.
  bool is_stuck() const { return host_.is_stuck; }
  bool is_asleep() const { return is_asleep_; }
  size_t operations_in_flight() const { return operations_.size(); }
  // For messages: what is in flight, and on which descriptors.
  std::string describe_operations() const;

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
  void keep_together(uint32_t operations) override { together_ = operations; }
  void flush() override;
  void sleep(uint64_t until_ns) override;
  void wake() override { is_woken_ = true; }
  Clock& clock() override { return host_.clock; }

  // For the host: what can happen now happens, and when something may happen next.
  void settle();
  uint64_t next_event_ns() const;

 private:
  enum class Kind : uint8_t { read, write, fsync, fallocate, connect, accept, receive, send, hangup };
  struct Operation {
    KernelOp* op = nullptr;
    Kind kind = Kind::read;
    int fd = -1;
    IoVectors vectors;
    uint64_t offset_bytes = 0;
    uint64_t length_bytes = 0;
    int flags = 0;  // or the mode of fallocate
    msghdr* received = nullptr;
    const msghdr* sent = nullptr;
    const sockaddr* address = nullptr;
    bool is_file = false;
    bool is_flushed = false;
    bool is_together = false;  // has its effect whole, in the flush
    uint64_t earliest_ns = 0;
    uint64_t done_ns = 0;
    bool is_done = false;
    int32_t result = 0;
  };

  Operation& start(KernelOp& op, Kind kind, int fd);
  std::optional<int32_t> attempt(Operation& operation);
  std::optional<int32_t> attempt_network(Operation& operation);
  std::optional<int32_t> attempt_network_send(const Operation& operation);
  std::optional<int32_t> attempt_file(Operation& operation);
  std::optional<int32_t> attempt_plain(const Operation& operation);
  std::optional<int32_t> attempt_accept(const Operation& operation);
  std::optional<int32_t> attempt_receive(const Operation& operation);
  std::optional<int32_t> attempt_send(const Operation& operation);
  void take_unflushed();
  // A part of a message now and then.
  std::vector<iovec> part_of(const Operation& operation, const msghdr& message);
  std::vector<iovec> some_of(const iovec* first, size_t count, size_t unit_bytes);
  void finish(Operation& operation, int32_t result);
  bool has_completion() const;
  bool has_reason_to_wake() const;
  bool has_awake_neighbour() const;
  bool must_give_way() const;

  KernelOptions options_;
  const std::unique_ptr<SimHost> own_host_;  // where the kernel is all there is of a simulation
  SimHost& host_;
  Random& random_;
  SimClock& clock_;
  std::vector<Operation> operations_;
  uint64_t sleeps_until_ns_ = 0;
  FlushListener* flush_listener_ = nullptr;
  uint32_t together_ = 0;  // operations to come
  bool is_asleep_ = false;
  bool is_woken_ = false;
};

}  // namespace laneway::sim
