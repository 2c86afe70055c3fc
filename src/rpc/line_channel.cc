#include "rpc/line_channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/units.h"

namespace laneway {

namespace {

// Milliseconds for poll(2), rounded up so that a wait never turns into a spin.
int poll_milliseconds(uint64_t now_ns, uint64_t deadline_ns) {
  if (deadline_ns <= now_ns) return 0;
  const uint64_t left_ms = (deadline_ns - now_ns) / kMillisecond + 1;
  return static_cast<int>(std::min<uint64_t>(left_ms, INT_MAX));
}

}  // namespace

Result<void> LineChannel::wait_for(short events, uint64_t deadline_ns) {
  for (;;) {
    const uint64_t now_ns = clock_.now_ns();
    pollfd wanted{socket_.get(), events, 0};
    const int ready = ::poll(&wanted, 1, poll_milliseconds(now_ns, deadline_ns));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::io, "The connection failed: {}", errno_text(errno));
    if (clock_.now_ns() >= deadline_ns) return fail(ErrorCode::timed_out, "The peer did not answer in time.");
  }
}

// True where bytes came, false at the end of the stream.
Result<bool> LineChannel::receive_more() {
  std::array<char, 16 * 1024> piece;
  const ssize_t count = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (count > 0) received_.append(piece.data(), static_cast<size_t>(count));
  if (count >= 0) return count > 0;
  if (errno == EAGAIN || errno == EINTR) return true;
  if (errno == ECONNRESET) return false;
  return fail(ErrorCode::io, "The connection failed: {}", errno_text(errno));
}

Result<std::optional<std::string>> LineChannel::read_line(uint64_t deadline_ns) {
  for (;;) {
    const size_t end = received_.find('\n', searched_);
    if (std::min(end, received_.size()) > line_max_bytes_) {
      return fail(ErrorCode::invalid_argument, "The line is longer than {} bytes; send less at once.", line_max_bytes_);
    }
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      searched_ = 0;
      return line;
    }
    searched_ = received_.size();
    if (Result<void> ready = wait_for(POLLIN, deadline_ns); !ready) return pass_on(ready);
    Result<bool> more = receive_more();
    if (!more) return pass_on(more);
    if (*more) continue;
    if (received_.empty()) return std::nullopt;
    return fail(ErrorCode::invalid_argument,
                "The connection ended in the middle of a line; end each with a line break.");
  }
}

Result<void> LineChannel::write(std::string_view bytes, uint64_t deadline_ns) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(ErrorCode::io, "The connection failed: {}", errno_text(errno));
    if (Result<void> ready = wait_for(POLLOUT, deadline_ns); !ready) return ready;
  }
  return {};
}

}  // namespace laneway
