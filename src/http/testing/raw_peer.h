#pragma once
// RawPeer is a client that sends the bytes it is told to, whatever they are, and reads what comes: over a unix socket,
// with a limit of 20 s on everything. Tests.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/units.h"
#include "base/unix_socket.h"

namespace laneway {

class RawPeer {
 public:
  explicit RawPeer(const std::string& path) {
    Result<UniqueFd> connected = connect_unix(path, 20 * kSecond);
    EXPECT_TRUE(connected.has_value()) << connected.error().message;
    if (connected) socket_ = std::move(*connected);
  }
  int fd() const { return socket_.get(); }
  void close() { socket_.reset(); }
  void end_sending() { (void)::shutdown(socket_.get(), SHUT_WR); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;  // the server may have had enough
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }

  // Reads until the text has come, and gives everything up to its end; what came before the end of the connection where
  // it does not come.
  std::string read_until(std::string_view text) {
    size_t found = unread_.find(text);
    while (found == std::string::npos && read_some()) found = unread_.find(text);
    const size_t end = found == std::string::npos ? unread_.size() : found + text.size();
    std::string taken = unread_.substr(0, end);
    unread_.erase(0, end);
    return taken;
  }

  // One response with a Content-Length, head and body.
  std::string read_response() {
    std::string head = read_until("\r\n\r\n");
    const size_t at = head.find("content-length: ");
    const size_t length = at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
    while (unread_.size() < length && read_some()) {
    }
    head += unread_.substr(0, length);
    unread_.erase(0, length);
    return head;
  }

  // True where the server ends the connection, whatever it sends before.
  bool reads_to_end() {
    while (read_some()) {
    }
    return is_ended_;
  }

 private:
  bool read_some() {
    pollfd watched{socket_.get(), POLLIN, 0};
    if (::poll(&watched, 1, 20000) != 1) return false;
    std::array<char, 65536> piece;
    const ssize_t count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    is_ended_ = count <= 0;
    if (count > 0) unread_.append(piece.data(), static_cast<size_t>(count));
    return count > 0;
  }

  UniqueFd socket_;
  std::string unread_;
  bool is_ended_ = false;
};

inline std::string status_of(const std::string& response) { return response.substr(9, 3); }

}  // namespace laneway
