#pragma once
// KernelPort is the one door between the engine and the kernel's I/O: operations start here and complete once, in
// reap(). UringPort is the real one; the simulator replaces it by SimKernel. Owned by its Reactor's thread; only wake()
// may be called from any thread.
//
// Buffers, iovecs, msghdrs and addresses handed to an operation must stay valid until it completes: the kernel may read
// or write them until then, also after cancel(). Results are those of io_uring: >= 0 a count, < 0 a negated errno.

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/units.h"

namespace laneway {

// One asynchronous operation, embedded in the object that waits for it. Its address is stable while it is in flight.
class KernelOp {
 public:
  using Done = void (*)(void* owner, int32_t result);
  KernelOp(void* owner, Done done) : owner_(owner), done_(done) {}
  KernelOp(const KernelOp&) = delete;
  KernelOp& operator=(const KernelOp&) = delete;
  ~KernelOp() { LW_ASSERT(!is_in_flight_); }

  bool is_in_flight() const { return is_in_flight_; }

  // For implementations of KernelPort.
  void started() {
    LW_ASSERT(!is_in_flight_);
    is_in_flight_ = true;
  }
  void completed(int32_t result) {
    LW_ASSERT(is_in_flight_);
    is_in_flight_ = false;
    done_(owner_, result);
  }

 private:
  void* owner_;
  Done done_;
  bool is_in_flight_ = false;
};

// Makes the Done function of a KernelOp from a member function: KernelOp op_{this, done_by<&Session::received>}.
template <auto Member>
struct DoneBy;
template <typename T, void (T::*Member)(int32_t)>
struct DoneBy<Member> {
  static void call(void* owner, int32_t result) { (static_cast<T*>(owner)->*Member)(result); }
};
template <auto Member>
inline constexpr KernelOp::Done done_by = &DoneBy<Member>::call;

struct IoVectors {
  const iovec* first = nullptr;
  uint32_t count = 0;
};

class KernelPort {
 public:
  virtual ~KernelPort() = default;

  // Files, pipes and eventfds. `offset` is ignored where the descriptor has no position.
  virtual void read(KernelOp& op, int fd, IoVectors into, uint64_t offset_bytes) = 0;
  virtual void write(KernelOp& op, int fd, IoVectors from, uint64_t offset_bytes, int rwf_flags) = 0;
  virtual void fsync(KernelOp& op, int fd) = 0;  // data and the metadata needed to read it back
  virtual void fallocate(KernelOp& op, int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes) = 0;

  // Sockets, with or without descriptors in the message's control part.
  virtual void connect(KernelOp& op, int fd, const sockaddr* address, socklen_t length) = 0;
  virtual void accept(KernelOp& op, int fd) = 0;  // the result is the new descriptor, close-on-exec
  virtual void receive(KernelOp& op, int fd, msghdr* message, int flags) = 0;
  virtual void send(KernelOp& op, int fd, const msghdr* message, int flags) = 0;
  // Completes once the peer of a socket is gone; what it sent before does not end it.
  virtual void poll_hangup(KernelOp& op, int fd) = 0;

  // Asks for an early end. The operation still completes, with its result or with -ECANCELED.
  virtual void cancel(KernelOp& op) = 0;

  // A TCP socket with TCP_NODELAY, ready for connect(). Closing it drops what the peer did not get yet.
  virtual Result<UniqueFd> tcp_socket(int family) = 0;
  // Ends a connection: the peer sees its end at once, also where a duplicate of the descriptor lives on elsewhere.
  virtual void shut_down(int fd) = 0;
  // Closes a descriptor that was used with this port and has no operation in flight.
  virtual void close(UniqueFd fd) = 0;

  // Completes at most `budget` finished operations and returns how many it completed.
  virtual uint32_t reap(uint32_t budget) = 0;
  // False where a flush would have nothing to do, and costs nothing.
  virtual bool has_unflushed() const { return true; }
  // The next `operations` that are started go to the kernel in one system call, in their order.
  virtual void keep_together(uint32_t operations) = 0;
  // Hands everything started since the last flush to the kernel: at most one system call.
  virtual void flush() = 0;
  // Flushes, then waits for a completion, a wake() or the time `until_ns` (kNever: without limit).
  virtual void sleep(uint64_t until_ns) = 0;
  // Ends a current or the next sleep(). Any thread.
  virtual void wake() = 0;

  virtual Clock& clock() = 0;
};

}  // namespace laneway
