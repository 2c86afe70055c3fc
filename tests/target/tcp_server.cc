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

constexpr size_t kReceiveBytes = 512 * 1024;
constexpr size_t kOutputHighWater = 8 << 20;  // what a peer leaves unread before its requests wait

sockaddr* generic(sockaddr_in& address) { return static_cast<sockaddr*>(static_cast<void*>(&address)); }

}  // namespace

TcpServer::TcpServer(UniqueFd listener, UniqueFd wake, uint16_t port)
    : listener_(std::move(listener)), wake_(std::move(wake)), port_(port), buffer_(kReceiveBytes) {}

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
  return std::unique_ptr<TcpServer>(new TcpServer(std::move(listener), std::move(wake), ntohs(address.sin_port)));
}

void TcpServer::stop() {
  is_stopping_.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  // A full eventfd wakes as well.
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof(one));
}

void TcpServer::run(FakeTarget& target) {
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    wait(target);
    target.on_time(clock_.now_ns());
    for (size_t i = 0; i < peers_.size(); ++i) {
      if (readable_[i] != 0) receive(peers_[i]);
    }
    if (readable_.back() != 0) take_peer(target);
    for (Peer& peer : peers_) send(peer);
    std::erase_if(peers_, [](const Peer& peer) { return peer.is_closed; });
  }
  peers_.clear();
}

// Waits and notes who has something to read.
void TcpServer::wait(const FakeTarget& target) {
  std::vector<pollfd> polled;
  polled.reserve(peers_.size() + 2);
  for (const Peer& peer : peers_) {
    const size_t unsent = peer.connection->output().size();
    const int events = (unsent < kOutputHighWater ? POLLIN : 0) | (unsent > 0 ? POLLOUT : 0);
    polled.push_back({peer.fd.get(), static_cast<short>(events), 0});
  }
  polled.push_back({listener_.get(), POLLIN, 0});
  polled.push_back({wake_.get(), POLLIN, 0});
  timespec limit{};
  const uint64_t deadline_ns = target.next_deadline_ns();
  const uint64_t now_ns = clock_.now_ns();
  const uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
  limit.tv_sec = static_cast<time_t>(left_ns / kSecond);
  limit.tv_nsec = static_cast<long>(left_ns % kSecond);
  ::ppoll(polled.data(), polled.size(), deadline_ns == kNever ? nullptr : &limit, nullptr);
  readable_.assign(peers_.size() + 1, 0);
  for (size_t i = 0; i < readable_.size(); ++i) {
    readable_[i] = (polled[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 ? 1 : 0;
  }
}

void TcpServer::take_peer(FakeTarget& target) {
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;
  const int one = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  peers_.push_back({std::move(fd), target.connect(clock_.now_ns())});
}

void TcpServer::receive(Peer& peer) {
  const ssize_t count = ::recv(peer.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    peer.connection->closed();
    peer.is_closed = true;
    return;
  }
  peer.connection->received(ByteView(buffer_).first(static_cast<size_t>(count)), clock_.now_ns());
}

void TcpServer::send(Peer& peer) {
  const ByteView output = peer.connection->output();
  if (!output.empty()) {
    const ssize_t count = ::send(peer.fd.get(), output.data(), output.size(), MSG_NOSIGNAL);
    if (count > 0) peer.connection->sent(static_cast<size_t>(count));
    if (count < 0 && errno != EAGAIN && errno != EINTR) peer.is_closed = true;
  }
  if (peer.connection->is_finished()) peer.is_closed = true;
}

}  // namespace laneway::fake
