#include "target/tcp_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace laneway::fake {

namespace {

constexpr size_t kStreamBytes = 1 << 20;      // a peer's receive buffer
constexpr size_t kReceiveBytes = 512 * 1024;  // at most this much room is asked for in one receive, and at least half
constexpr size_t kPiecesMax = 1024;           // of one send (IOV_MAX)
constexpr uint32_t kTurnsPerLook = 256;       // a polling server looks at the listener so often
constexpr size_t kOutputHighWater = 8 << 20;  // what a peer leaves unread before its requests wait

sockaddr* generic(sockaddr_in& address) { return static_cast<sockaddr*>(static_cast<void*>(&address)); }

}  // namespace

TcpServer::TcpServer(const Options& options, UniqueFd listener, UniqueFd wake, uint16_t port)
    : is_polling_(options.is_polling),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      port_(port),
      pieces_(kPiecesMax) {}

Result<std::unique_ptr<TcpServer>> TcpServer::listen(const Options& options) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  const int one = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  address.sin_addr.s_addr = htonl(options.is_local ? INADDR_LOOPBACK : INADDR_ANY);
  socklen_t length = sizeof(address);
  if (::bind(listener.get(), generic(address), length) != 0 || ::listen(listener.get(), 64) != 0 ||
      ::getsockname(listener.get(), generic(address), &length) != 0) {
    return fail(ErrorCode::io, "cannot listen on port {}: {}", options.port, errno_text(errno));
  }
  const uint16_t port = ntohs(address.sin_port);
  return std::unique_ptr<TcpServer>(new TcpServer(options, std::move(listener), std::move(wake), port));
}

void TcpServer::stop() {
  is_stopping_.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  // A full eventfd wakes as well.
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof(one));
}

void TcpServer::run(FakeTarget& target) {
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    if (!is_polling_ || is_look_due()) wait(target);
    target.on_time(clock_.now_ns());
    for (Peer& peer : peers_) {
      if (peer.is_readable) receive(peer);
    }
    if (has_caller_) take_peer(target);
    for (Peer& peer : peers_) send(peer);
    std::erase_if(peers_, [](const Peer& peer) { return peer.is_closed; });
  }
  peers_.clear();
}

bool TcpServer::is_look_due() {
  has_caller_ = false;
  for (Peer& peer : peers_) peer.is_readable = peer.connection->unsent_bytes() < kOutputHighWater;
  return peers_.empty() || ++turns_ % kTurnsPerLook == 0;
}

// Waits, or only looks where there are peers to poll, and notes who has something to read.
void TcpServer::wait(const FakeTarget& target) {
  polled_.clear();
  for (const Peer& peer : peers_) {
    const size_t unsent = peer.connection->unsent_bytes();
    const int events = (unsent < kOutputHighWater ? POLLIN : 0) | (unsent > 0 ? POLLOUT : 0);
    polled_.push_back({peer.fd.get(), static_cast<short>(events), 0});
  }
  polled_.push_back({listener_.get(), POLLIN, 0});
  polled_.push_back({wake_.get(), POLLIN, 0});
  timespec limit{};
  const uint64_t deadline_ns = target.next_deadline_ns();
  const uint64_t now_ns = clock_.now_ns();
  const bool is_look = is_polling_ && !peers_.empty();
  const uint64_t left_ns = deadline_ns > now_ns && !is_look ? deadline_ns - now_ns : 0;
  limit.tv_sec = static_cast<time_t>(left_ns / kSecond);
  limit.tv_nsec = static_cast<long>(left_ns % kSecond);
  ::ppoll(polled_.data(), polled_.size(), deadline_ns == kNever && !is_look ? nullptr : &limit, nullptr);
  for (size_t i = 0; i < peers_.size(); ++i) {
    peers_[i].is_readable = (polled_[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
  }
  has_caller_ = (polled_[peers_.size()].revents & POLLIN) != 0;
}

void TcpServer::take_peer(FakeTarget& target) {
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;
  const int one = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  peers_.push_back({.fd = std::move(fd), .connection = target.connect(clock_.now_ns())});
  peers_.back().stream.resize(kStreamBytes);
}

void TcpServer::receive(Peer& peer) {
  if (kStreamBytes - peer.end < kReceiveBytes / 2) {
    const auto stream = peer.stream.begin();
    std::copy(stream + static_cast<std::ptrdiff_t>(peer.begin), stream + static_cast<std::ptrdiff_t>(peer.end), stream);
    peer.end -= peer.begin;
    peer.begin = 0;
  }
  const size_t room = std::min(kReceiveBytes, kStreamBytes - peer.end);
  const ssize_t count = ::recv(peer.fd.get(), peer.stream.data() + peer.end, room, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    peer.connection->closed();
    peer.is_closed = true;
    return;
  }
  peer.end += static_cast<size_t>(count);
  const ByteView stream = ByteView(peer.stream).subspan(peer.begin, peer.end - peer.begin);
  peer.begin += peer.connection->take_stream(stream, static_cast<size_t>(count), clock_.now_ns());
  if (peer.begin == peer.end) peer.begin = peer.end = 0;
}

void TcpServer::send(Peer& peer) {
  msghdr message{};
  message.msg_iov = pieces_.data();
  message.msg_iovlen = peer.connection->gather(pieces_);
  if (message.msg_iovlen > 0) {
    const ssize_t count = ::sendmsg(peer.fd.get(), &message, MSG_NOSIGNAL);
    if (count > 0) peer.connection->sent(static_cast<size_t>(count));
    if (count < 0 && errno != EAGAIN && errno != EINTR) peer.is_closed = true;
  }
  if (peer.connection->is_finished()) peer.is_closed = true;
}

}  // namespace laneway::fake
