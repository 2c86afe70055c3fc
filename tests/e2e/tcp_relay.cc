#include "tcp_relay.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace laneway {

namespace {

constexpr int kLookMs = 5;  // how soon a wish of the test's is seen

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* as_any(const sockaddr_in& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

}  // namespace

TcpRelay::TcpRelay(uint16_t server_port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), server_port_(server_port) {
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof(address);
  EXPECT_EQ(::bind(listener_.get(), as_any(address), sizeof(address)), 0);
  EXPECT_EQ(::listen(listener_.get(), 16), 0);
  EXPECT_EQ(::getsockname(listener_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), &length), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpRelay::~TcpRelay() {
  is_over_ = true;
  thread_.join();
}

void TcpRelay::take_connection() {
  UniqueFd near(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!near) return;
  UniqueFd far(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(server_port_);
  Pair pair(std::move(near), std::move(far));
  if (!is_open_ || ::connect(pair.second.get(), as_any(address), sizeof(address)) != 0) return reset(pair);
  pairs_.push_back(std::move(pair));
}

void TcpRelay::reset(Pair& pair) {
  const linger at_once{1, 0};
  for (const int fd : {pair.first.get(), pair.second.get()}) {
    (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  pair.first.reset();
  pair.second.reset();
}

// Blocks while the other end takes nothing: both are a test's own.
bool TcpRelay::carry(int from, int to) {
  std::array<char, 65536> bytes;
  const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
  for (ssize_t done = 0; done < count;) {
    const ssize_t sent = ::send(to, bytes.data() + done, static_cast<size_t>(count - done), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += sent;
  }
  return count > 0;
}

void TcpRelay::run() {
  while (!is_over_) {
    if (!is_open_) {
      for (Pair& pair : pairs_) reset(pair);
      pairs_.clear();
    }
    std::vector<pollfd> polled = {{listener_.get(), POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      for (const int fd : {pair.first.get(), pair.second.get()}) {
        polled.push_back({fd, static_cast<short>(is_silent_ ? 0 : POLLIN), 0});
      }
    }
    if (::poll(polled.data(), polled.size(), kLookMs) <= 0) continue;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      auto& [near, far] = pairs_[i];
      const bool is_whole = (polled[1 + 2 * i].revents == 0 || carry(near.get(), far.get())) &&
                            (polled[2 + 2 * i].revents == 0 || carry(far.get(), near.get()));
      if (!is_whole) reset(pairs_[i]);
    }
    std::erase_if(pairs_, [](const Pair& pair) { return !pair.first; });
    if (polled[0].revents != 0) take_connection();
  }
  for (Pair& pair : pairs_) reset(pair);
}

}  // namespace laneway
