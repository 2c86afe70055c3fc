#include "bench/probe/tcp_probe.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/histogram.h"
#include "base/units.h"
#include "loadgen/cpu_pin.h"

namespace laneway::probe {

namespace {

constexpr size_t kHeaderBytes = 48;
constexpr size_t kReceiveBytes = 512 * kKiB;

uint64_t now() { return MonotonicClock().now_ns(); }

double thread_cpu_seconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

struct Link {
  UniqueFd initiator;
  UniqueFd target;
};

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Result<Link> connect_to_ourselves() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  void* raw = &address;
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Link link;
  link.initiator = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener || !link.initiator || ::bind(listener.get(), static_cast<sockaddr*>(raw), sizeof(address)) != 0 ||
      ::listen(listener.get(), 1) != 0 || ::getsockname(listener.get(), static_cast<sockaddr*>(raw), &length) != 0 ||
      ::connect(link.initiator.get(), static_cast<sockaddr*>(raw), sizeof(address)) != 0) {
    return fail(ErrorCode::io, "cannot connect to 127.0.0.1: {}", errno_text(errno));
  }
  link.target = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!link.target) return fail(ErrorCode::io, "cannot accept: {}", errno_text(errno));
  send_at_once(link.initiator.get());
  send_at_once(link.target.get());
  return link;
}

// Sends all; false where the other end is gone.
bool send_all(int fd, const uint8_t* bytes, size_t length) {
  while (length > 0) {
    const ssize_t sent = ::send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    length -= static_cast<size_t>(sent);
  }
  return true;
}

// As recv(), which sleeps or not; 0 where nothing is there yet, less where the other end is gone.
ssize_t receive(int fd, uint8_t* into, size_t length, bool is_polling) {
  const ssize_t got = ::recv(fd, into, length, is_polling ? MSG_DONTWAIT : 0);
  if (got > 0) return got;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

// Answers every whole request that has come, all of one receive with one send.
class Target {
 public:
  Target(const TcpOptions& options, int fd)
      : options_(options),
        fd_(fd),
        request_bytes_(kHeaderBytes + (options.is_write ? options.payload_bytes : 0)),
        answer_bytes_(kHeaderBytes + (options.is_write ? 0 : options.payload_bytes)),
        answers_(answer_bytes_ * options.depth, 1),
        received_(kReceiveBytes) {}

  void run() {
    pin_to(options_.target_cpu);
    size_t in_hand = 0;
    while (true) {
      const ssize_t got = receive(fd_, received_.data(), received_.size(), options_.is_polling);
      if (got < 0) break;
      if (got == 0) continue;
      in_hand += static_cast<size_t>(got);
      const size_t whole = in_hand / request_bytes_;
      in_hand -= whole * request_bytes_;
      if (whole > 0 && !send_all(fd_, answers_.data(), whole * answer_bytes_)) break;
    }
    cpu_seconds = thread_cpu_seconds();
  }
  double cpu_seconds = 0;

 private:
  const TcpOptions& options_;
  const int fd_;
  const size_t request_bytes_;
  const size_t answer_bytes_;
  std::vector<uint8_t> answers_;
  std::vector<uint8_t> received_;
};

class Initiator {
 public:
  Initiator(const TcpOptions& options, int fd)
      : options_(options),
        fd_(fd),
        request_bytes_(kHeaderBytes + (options.is_write ? options.payload_bytes : 0)),
        answer_bytes_(kHeaderBytes + (options.is_write ? 0 : options.payload_bytes)),
        requests_(request_bytes_ * options.depth, 2),
        received_(kReceiveBytes),
        memory_(std::max<size_t>(answer_bytes_, 1) * (options.depth + 256)) {}

  // Keeps `depth` requests under way until the time is over.
  void run() {
    pin_to(options_.initiator_cpu);
    const uint64_t begin_ns = now();
    const double cpu_begin = thread_cpu_seconds();
    uint64_t sent_ns = begin_ns;
    size_t due = options_.depth;
    while (true) {
      if (due > 0) {
        sent_ns = now();
        if (sent_ns - begin_ns >= options_.run_ns) break;
        if (!send_all(fd_, requests_.data(), due * request_bytes_)) break;
        due = 0;
      }
      const ssize_t got = receive(fd_, received_.data(), received_.size(), options_.is_polling);
      if (got < 0) break;
      due = take(static_cast<size_t>(got));
      if (due > 0) latency_.record(now() - sent_ns);
    }
    cpu_seconds = thread_cpu_seconds() - cpu_begin;
    seconds = static_cast<double>(now() - begin_ns) / kSecond;
  }
  double cpu_seconds = 0;
  double seconds = 0;
  uint64_t answered() const { return answered_; }
  uint64_t p50_ns() const { return latency_.percentile_ns(500'000); }

 private:
  // Copies what came to its places; the number of answers that are whole now.
  size_t take(size_t bytes) {
    size_t at = 0;
    size_t whole = 0;
    while (at < bytes) {
      const size_t part = std::min(bytes - at, answer_bytes_ - in_answer_);
      uint8_t* place = memory_.data() + (answered_ * 17 % (options_.depth + 256)) * answer_bytes_ + in_answer_;
      std::memcpy(place, received_.data() + at, part);
      at += part;
      in_answer_ += part;
      if (in_answer_ < answer_bytes_) break;
      in_answer_ = 0;
      ++answered_;
      ++whole;
    }
    return whole;
  }

  const TcpOptions& options_;
  const int fd_;
  const size_t request_bytes_;
  const size_t answer_bytes_;
  std::vector<uint8_t> requests_;
  std::vector<uint8_t> received_;
  std::vector<uint8_t> memory_;
  size_t in_answer_ = 0;
  uint64_t answered_ = 0;
  FineHistogram latency_;
};

}  // namespace

Result<TcpFigures> measure_tcp(const TcpOptions& options) {
  auto link = connect_to_ourselves();
  if (!link) return pass_on(link);
  Target target(options, link->target.get());
  auto initiator = std::make_unique<Initiator>(options, link->initiator.get());
  std::thread target_thread([&] { target.run(); });
  std::thread initiator_thread([&] {
    initiator->run();
    ::shutdown(link->initiator.get(), SHUT_RDWR);
  });
  initiator_thread.join();
  target_thread.join();
  if (initiator->answered() == 0) return fail(ErrorCode::io, "no answer came over TCP");
  const auto answered = static_cast<double>(initiator->answered());
  return TcpFigures{answered / initiator->seconds, initiator->p50_ns(), initiator->cpu_seconds * 1e6 / answered,
                    target.cpu_seconds * 1e6 / answered};
}

}  // namespace laneway::probe
