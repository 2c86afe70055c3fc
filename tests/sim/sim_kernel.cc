#include "sim/sim_kernel.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/engine_descriptors.h"

#ifndef RWF_DSYNC
#define RWF_DSYNC 0x00000002
#endif

namespace laneway::sim {

namespace {

constexpr size_t kFileUnitBytes = 4096;  // what O_DIRECT moves at least

bool is_ready(int fd, short events) {
  pollfd polled{fd, events, 0};
  return ::poll(&polled, 1, 0) > 0;
}

size_t bytes_in(const iovec* first, size_t count) {
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) total += first[i].iov_len;
  return total;
}

// The buffers' first bytes.
std::vector<iovec> first_of(const iovec* first, size_t count, size_t bytes) {
  std::vector<iovec> chosen(first, first + count);
  for (iovec& vector : chosen) {
    vector.iov_len = std::min(vector.iov_len, bytes);
    bytes -= vector.iov_len;
  }
  std::erase_if(chosen, [](const iovec& vector) { return vector.iov_len == 0; });
  return chosen;
}

// Of a system call that did not wait, for an operation that may do so unless its flags say otherwise.
std::optional<int32_t> outcome(ssize_t result, int flags = 0) {
  if (result >= 0) return static_cast<int32_t>(result);
  if ((errno == EAGAIN || errno == EWOULDBLOCK) && (flags & MSG_DONTWAIT) == 0) return std::nullopt;
  return -errno;
}

}  // namespace

SimKernel::SimKernel(const KernelOptions& options, const NetworkOptions& network, uint64_t seed)
    : options_(options),
      own_host_(std::make_unique<SimHost>(network, seed)),
      host_(*own_host_),
      random_(host_.random),
      clock_(host_.clock) {
  host_.kernels.push_back(this);
}

SimKernel::SimKernel(const KernelOptions& options, SimHost& host)
    : options_(options), host_(host), random_(host.random), clock_(host.clock) {
  host_.kernels.push_back(this);
}

SimKernel::SimKernel(SimKernel& first)
    : options_(first.options_), host_(first.host_), random_(host_.random), clock_(host_.clock) {
  host_.kernels.push_back(this);
}

SimKernel::~SimKernel() {
  LW_ASSERT(operations_.empty());
  std::erase(host_.kernels, this);
}

void SimKernel::die() {
  for (const Operation& operation : std::exchange(operations_, {})) {
    if (!operation.is_file || operation.is_done || operation.kind == Kind::read) continue;
    Leftovers::Change change;
    change.kind = operation.kind == Kind::write ? Leftovers::Kind::write : Leftovers::Kind::other;
    if (operation.kind == Kind::write) {
      change.from.assign(operation.vectors.first, operation.vectors.first + operation.vectors.count);
    }
    change.offset_bytes = operation.offset_bytes;
    host_.leftovers.add(operation.fd, std::move(change));
  }
  std::erase(host_.kernels, this);
}

// Starting operations

SimKernel::Operation& SimKernel::start(KernelOp& op, Kind kind, int fd) {
  op.started();
  Operation operation;
  operation.op = &op;
  operation.kind = kind;
  operation.fd = fd;
  operation.earliest_ns = clock_.now_ns() + random_.below(options_.start_delay_max_ns + 1);
  if (options_.late_one_in > 0 && random_.one_in(options_.late_one_in)) operation.earliest_ns += options_.late_ns;
  operation.is_together = together_ > 0;
  operation.is_flushed = !options_.waits_for_flush && !operation.is_together;
  if (operation.is_together) {
    --together_;
    operation.earliest_ns = 0;
  }
  operations_.push_back(operation);
  return operations_.back();
}

void SimKernel::read(KernelOp& op, int fd, IoVectors into, uint64_t offset_bytes) {
  Operation& operation = start(op, Kind::read, fd);
  operation.vectors = into;
  operation.offset_bytes = offset_bytes;
  operation.is_file = SimFiles::is_file(fd);
  if (operation.is_file) host_.pass(DeathPoint::file_asked);
}

void SimKernel::write(KernelOp& op, int fd, IoVectors from, uint64_t offset_bytes, int rwf_flags) {
  Operation& operation = start(op, Kind::write, fd);
  operation.vectors = from;
  operation.offset_bytes = offset_bytes;
  operation.flags = rwf_flags;
  operation.is_file = SimFiles::is_file(fd);
  host_.pass(operation.is_file ? DeathPoint::file_asked : DeathPoint::signal_asked);
}

void SimKernel::fsync(KernelOp& op, int fd) {
  start(op, Kind::fsync, fd).is_file = true;
  host_.pass(DeathPoint::file_asked);
}

void SimKernel::fallocate(KernelOp& op, int fd, int mode, uint64_t offset_bytes, uint64_t length_bytes) {
  Operation& operation = start(op, Kind::fallocate, fd);
  operation.flags = mode;
  operation.offset_bytes = offset_bytes;
  operation.length_bytes = length_bytes;
  operation.is_file = true;
  host_.pass(DeathPoint::file_asked);
}

void SimKernel::connect(KernelOp& op, int fd, const sockaddr* address, socklen_t) {
  start(op, Kind::connect, fd).address = address;
}

void SimKernel::accept(KernelOp& op, int fd) { start(op, Kind::accept, fd); }

void SimKernel::receive(KernelOp& op, int fd, msghdr* message, int flags) {
  Operation& operation = start(op, Kind::receive, fd);
  operation.received = message;
  operation.flags = flags;
  if (!network().has(fd)) host_.pass(DeathPoint::message_asked);
}

void SimKernel::send(KernelOp& op, int fd, const msghdr* message, int flags) {
  Operation& operation = start(op, Kind::send, fd);
  operation.sent = message;
  operation.flags = flags;
  if (network().has(fd)) host_.pass(DeathPoint::send_asked);
}

void SimKernel::poll_hangup(KernelOp& op, int fd) { start(op, Kind::hangup, fd); }

void SimKernel::cancel(KernelOp& op) {
  for (Operation& operation : operations_) {
    if (operation.op != &op || operation.is_done) continue;
    // The kernel may be faster than the cancel.
    const std::optional<int32_t> result = random_.one_in(2) ? attempt(operation) : std::nullopt;
    finish(operation, result.value_or(-ECANCELED));
  }
}

Result<UniqueFd> SimKernel::tcp_socket(int) {
  if (options_.socket_error_one_in > 0 && random_.one_in(options_.socket_error_one_in)) {
    return fail(ErrorCode::io, "cannot create a TCP socket: {}", errno_text(EMFILE));
  }
  return network().open_socket();
}

void SimKernel::shut_down(int fd) {
  if (network().has(fd)) {
    network().shut_down(fd);
  } else {
    ::shutdown(fd, SHUT_RDWR);
  }
}

void SimKernel::close(UniqueFd fd) {
  for (const SimKernel* kernel : host_.kernels) {
    for (const Operation& operation : kernel->operations_) LW_ASSERT(operation.fd != fd.get());
  }
  if (network().has(fd.get())) network().close(fd.get());
}

// Effects

std::optional<int32_t> SimKernel::attempt(Operation& operation) {
  const int fd = operation.fd;
  if (network().has(fd)) return attempt_network(operation);
  if (operation.is_file) return attempt_file(operation);
  switch (operation.kind) {
    case Kind::accept:
      return attempt_accept(operation);
    case Kind::receive:
      return attempt_receive(operation);
    case Kind::send:
      return attempt_send(operation);
    case Kind::hangup:
      if (!is_ready(fd, POLLRDHUP)) return std::nullopt;
      return POLLRDHUP;
    case Kind::connect:
      return -EAFNOSUPPORT;
    default:
      return attempt_plain(operation);
  }
}

std::optional<int32_t> SimKernel::attempt_network(Operation& operation) {
  if (operation.kind == Kind::send) return attempt_network_send(operation);
  const bool is_receive = operation.kind == Kind::receive;
  LW_ASSERT(is_receive || operation.kind == Kind::connect);
  const auto result = is_receive ? network().receive(operation.fd, *operation.received)
                                 : network().connect(operation.fd, operation.address);
  if (result && *result >= 0) host_.comes(is_receive ? DeathPoint::received : DeathPoint::connected);
  return result;
}

// An engine may die when a part of it is sent: then no more is.
std::optional<int32_t> SimKernel::attempt_network_send(const Operation& operation) {
  const size_t total = bytes_in(operation.sent->msg_iov, operation.sent->msg_iovlen);
  const std::pair<DeathPoint, size_t> parts[] = {
      {DeathPoint::send_first_byte, 1}, {DeathPoint::send_header, 48}, {DeathPoint::send_half, total / 2}};
  for (const auto& [point, bytes] : parts) {
    if (bytes >= total || !network().can_send(operation.fd) || !host_.comes(point)) continue;
    std::vector<iovec> first = first_of(operation.sent->msg_iov, operation.sent->msg_iovlen, bytes);
    msghdr message = *operation.sent;
    message.msg_iov = first.data();
    message.msg_iovlen = first.size();
    return network().send(operation.fd, message);
  }
  const auto result = network().send(operation.fd, *operation.sent);
  if (result && *result > 0) host_.comes(DeathPoint::sent);
  return result;
}

// A part of the buffers now and then, a multiple of the unit, else all of them.
std::vector<iovec> SimKernel::some_of(const iovec* first, size_t count, size_t unit_bytes) {
  const size_t total = bytes_in(first, count);
  size_t some = total;
  if (total > unit_bytes && options_.short_one_in > 0 && random_.one_in(options_.short_one_in)) {
    some = (1 + random_.below(total - 1)) / unit_bytes * unit_bytes;
  }
  return first_of(first, count, some == 0 ? total : some);
}

// A peek shows all that is there; a unix socket takes or gives what it can at once.
std::vector<iovec> SimKernel::part_of(const Operation& operation, const msghdr& message) {
  if (operation.is_together || (operation.flags & MSG_PEEK) != 0) {
    return {message.msg_iov, message.msg_iov + message.msg_iovlen};
  }
  return some_of(message.msg_iov, message.msg_iovlen, 1);
}

std::optional<int32_t> SimKernel::attempt_file(Operation& operation) {
  if (options_.interrupted_one_in > 0 && random_.one_in(options_.interrupted_one_in)) return -EINTR;
  if (options_.file_error_one_in > 0 && random_.one_in(options_.file_error_one_in)) return -EIO;
  const int fd = operation.fd;
  host_.comes(DeathPoint::file_done);
  if (operation.kind == Kind::fsync) return files().sync(fd);
  if (operation.kind == Kind::fallocate) {
    return files().fallocate(fd, operation.flags, operation.offset_bytes, operation.length_bytes);
  }
  const std::vector<iovec> vectors = some_of(operation.vectors.first, operation.vectors.count, kFileUnitBytes);
  if (operation.kind == Kind::read) return files().read(fd, vectors, operation.offset_bytes);
  return files().write(fd, vectors, operation.offset_bytes, (operation.flags & RWF_DSYNC) != 0);
}

// Event descriptors and pipes.
std::optional<int32_t> SimKernel::attempt_plain(const Operation& operation) {
  const auto count = static_cast<int>(operation.vectors.count);
  if (operation.kind == Kind::read) {
    if (!is_ready(operation.fd, POLLIN)) return std::nullopt;
    host_.comes(DeathPoint::kick_taken);
    return outcome(::readv(operation.fd, operation.vectors.first, count));
  }
  if (!is_ready(operation.fd, POLLOUT)) return std::nullopt;
  host_.comes(DeathPoint::signalled);
  return outcome(::writev(operation.fd, operation.vectors.first, count));
}

std::optional<int32_t> SimKernel::attempt_accept(const Operation& operation) {
  if (!is_ready(operation.fd, POLLIN)) return std::nullopt;
  const int fd = ::accept4(operation.fd, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return outcome(fd);
  host_.comes(DeathPoint::accepted);
  return give_to_engine(UniqueFd(fd)).release();
}

std::optional<int32_t> SimKernel::attempt_receive(const Operation& operation) {
  msghdr message = *operation.received;
  std::vector<iovec> vectors = part_of(operation, message);
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  const ssize_t result = ::recvmsg(operation.fd, &message, operation.flags | MSG_DONTWAIT);
  if (result < 0) return outcome(result, operation.flags);
  give_to_engine(message);
  host_.comes(DeathPoint::message_received);
  operation.received->msg_controllen = message.msg_controllen;
  operation.received->msg_flags = message.msg_flags;
  return static_cast<int32_t>(result);
}

std::optional<int32_t> SimKernel::attempt_send(const Operation& operation) {
  msghdr message = *operation.sent;
  std::vector<iovec> vectors = part_of(operation, message);
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  const ssize_t count = ::sendmsg(operation.fd, &message, operation.flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  const auto result = outcome(count, operation.flags);
  if (result && *result > 0) host_.comes(DeathPoint::answered);
  return result;
}

void SimKernel::finish(Operation& operation, int32_t result) {
  operation.is_done = true;
  operation.result = result;
  const uint64_t delay_max = operation.is_file ? options_.file_delay_max_ns : options_.finish_delay_max_ns;
  operation.done_ns = clock_.now_ns() + random_.below(delay_max + 1);
}

void SimKernel::settle() {
  for (Operation& operation : operations_) {
    if (operation.is_done || !operation.is_flushed || operation.earliest_ns > clock_.now_ns()) continue;
    const std::optional<int32_t> result = attempt(operation);
    if (result) finish(operation, *result);
  }
}

// Time

uint64_t SimKernel::next_event_ns() const {
  uint64_t next_ns = is_asleep_ ? sleeps_until_ns_ : kNever;
  for (const Operation& operation : operations_) {
    if (operation.is_done) next_ns = std::min(next_ns, operation.done_ns);
    if (!operation.is_done && operation.is_flushed && operation.earliest_ns > clock_.now_ns()) {
      next_ns = std::min(next_ns, operation.earliest_ns);
    }
  }
  return next_ns;
}

void SimKernel::pass(uint64_t ns) {
  clock_.set(clock_.now_ns() + ns);
  host_.run_actors();
  host_.settle();
}

bool SimKernel::has_completion() const {
  return std::any_of(operations_.begin(), operations_.end(), [&](const Operation& operation) {
    return operation.is_done && operation.done_ns <= clock_.now_ns();
  });
}

bool SimKernel::has_reason_to_wake() const {
  return is_woken_ || has_completion() || clock_.now_ns() >= sleeps_until_ns_;
}

bool SimKernel::has_awake_neighbour() const {
  return std::any_of(host_.kernels.begin(), host_.kernels.end(),
                     [](const SimKernel* kernel) { return !kernel->is_asleep_; });
}

// A sleep is a call: one that began earlier can only end after this one, which then ends without a reason.
bool SimKernel::must_give_way() const {
  return std::any_of(host_.kernels.begin(), host_.kernels.end(),
                     [](const SimKernel* kernel) { return kernel->is_asleep_ && kernel->has_reason_to_wake(); });
}

uint32_t SimKernel::reap(uint32_t budget) {
  struct Completion {
    KernelOp* op;
    int32_t result;
  };
  host_.settle();
  std::vector<Completion> completions;
  std::erase_if(operations_, [&](const Operation& operation) {
    if (completions.size() >= budget || !operation.is_done || operation.done_ns > clock_.now_ns()) return false;
    completions.push_back({operation.op, operation.result});
    return true;
  });
  for (size_t i = completions.size(); i > 1; --i) std::swap(completions[i - 1], completions[random_.below(i)]);
  for (const Completion& completion : completions) {
    host_.pass(DeathPoint::completed);
    completion.op->completed(completion.result);
  }
  return static_cast<uint32_t>(completions.size());
}

void SimKernel::take_unflushed() {
  together_ = 0;
  for (Operation& operation : operations_) operation.is_flushed = true;
  if (flush_listener_ != nullptr) flush_listener_->flushed();
}

void SimKernel::flush() {
  take_unflushed();
  host_.settle();
}

void SimKernel::sleep(uint64_t until_ns) {
  host_.pass(DeathPoint::asleep);
  take_unflushed();
  sleeps_until_ns_ = until_ns;
  is_asleep_ = true;
  while (!is_woken_) {
    host_.settle();
    if (must_give_way()) break;
    if (has_awake_neighbour()) {
      if (!host_.neighbours->work_beside()) break;
      continue;
    }
    if (!host_.advance(until_ns)) break;
  }
  is_asleep_ = is_woken_ = false;
}

std::string SimKernel::describe_operations() const {
  static constexpr const char* kNames[] = {"read",   "write",   "fsync", "fallocate", "connect",
                                           "accept", "receive", "send",  "hangup"};
  std::string text;
  for (const Operation& operation : operations_) {
    text += fmt::format("{} on {}{}; ", kNames[static_cast<size_t>(operation.kind)], operation.fd,
                        operation.is_done ? " (done)" : "");
  }
  return text;
}

}  // namespace laneway::sim
