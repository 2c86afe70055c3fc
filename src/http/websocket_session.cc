#include "http/websocket_session.h"

#include <fcntl.h>

#include <boost/context/protected_fixedsize_stack.hpp>
#include <cerrno>

#include "base/log.h"

namespace laneway {

namespace {

constexpr size_t kPieceBytes = 16 * kKiB;
constexpr size_t kSendStackBytes = 64 * kKiB;

// Asio waits for what the descriptor says it has not now.
int made_nonblocking(UniqueFd descriptor) {
  const int flags = ::fcntl(descriptor.get(), F_GETFL);
  (void)::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK);
  return descriptor.release();
}

}  // namespace

WebSocketSession::WebSocketSession(LoopShare& share, ByteStream& stream, UniqueFd tunnel, std::string unread)
    : share_(share),
      stream_(stream),
      tunnel_(share.io.get_executor(), made_nonblocking(std::move(tunnel))),
      unread_(std::move(unread)),
      send_gate_(share.io.get_executor()),
      end_gate_(share.io.get_executor()),
      heard_ns_(share.clock.now_ns()),
      pinged_ns_(heard_ns_) {}

void WebSocketSession::run(const IoYield& yield) {
  begin_sending();
  receive(yield);
  is_over_ = true;
  IoError ignored;
  (void)tunnel_.cancel(ignored);
  (void)send_gate_.cancel();
  while (is_sending_ || is_tunnel_watched_) wait_at(end_gate_, kNever, yield);
}

// From the client

void WebSocketSession::receive(const IoYield& yield) {
  std::string piece = std::move(unread_);
  while (!is_over_ && take(piece, yield)) {
    piece.resize(kPieceBytes);
    IoError error;
    const size_t count = stream_.read_some(piece.data(), piece.size(), error, yield);
    if (error || count == 0) return;
    piece.resize(count);
    heard_ns_ = share_.clock.now_ns();
  }
}

bool WebSocketSession::take(std::string_view bytes, const IoYield& yield) {
  const WebSocketReader::Taken taken = reader_.take(bytes);
  // A client that pings and does not read what comes back waits for itself.
  if (!taken.pings.empty() && control_.empty()) control_ = taken.pings;
  if (!control_.empty()) (void)send_gate_.cancel();
  if (!taken.data.empty() && !write_tunnel(taken.data, yield)) return false;
  if (!taken.refused.empty()) end_with(kWebSocketProtocolError, taken.refused);
  if (taken.is_closed) end_with(kWebSocketNormal, "");
  return !is_over_;
}

bool WebSocketSession::write_tunnel(std::string_view bytes, const IoYield& yield) {
  while (!bytes.empty() && !is_over_) {
    IoError error;
    const size_t count = tunnel_.async_write_some(asio::buffer(bytes.data(), bytes.size()), yield[error]);
    if (error) return false;
    bytes.remove_prefix(count);
  }
  return !is_over_;
}

// To the client

void WebSocketSession::begin_sending() {
  is_sending_ = true;
  asio::spawn(
      share_.io.get_executor(), std::allocator_arg, boost::context::protected_fixedsize_stack(kSendStackBytes),
      [this](const IoYield& yield) { send(yield); },
      [this](const std::exception_ptr& escaped) {
        if (escaped) log_error("A WebSocket was ended by an exception; report this as a defect.");
        is_sending_ = false;
        end();
        (void)end_gate_.cancel();
      });
}

void WebSocketSession::send(const IoYield& yield) {
  while (!is_over_) {
    if (!send_what_there_is(yield)) break;
    if (is_over_ || has_tunnel_bytes_ || !control_.empty()) continue;
    watch_tunnel();
    wait_at(send_gate_, share_.limits().heartbeat_ns, yield);
    const uint64_t now_ns = share_.clock.now_ns();
    if (now_ns - pinged_ns_ < share_.limits().heartbeat_ns) continue;
    pinged_ns_ = now_ns;
    control_ += encode_frame(WebSocketOpcode::ping, "");
  }
  if (!is_cut_) (void)write(control_, yield);
  control_.clear();
  // The one who reads waits no longer.
  stream_.cancel();
}

// False where nothing more can be sent.
bool WebSocketSession::send_what_there_is(const IoYield& yield) {
  std::string frames = std::move(control_);
  control_.clear();
  if (has_tunnel_bytes_) {
    has_tunnel_bytes_ = false;
    std::string piece(kPieceBytes, '\0');
    const ssize_t count = ::read(tunnel_.native_handle(), piece.data(), piece.size());
    const bool is_later = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (count > 0) frames += encode_frame(WebSocketOpcode::binary, piece.substr(0, static_cast<size_t>(count)));
    if (count <= 0 && !is_later) end_with(kWebSocketNormal, "The other side has ended.");
  }
  return frames.empty() || write(frames, yield);
}

bool WebSocketSession::write(std::string_view bytes, const IoYield& yield) {
  write_deadline_ns_ = share_.clock.now_ns() + share_.limits().write_stall_ns;
  while (!bytes.empty() && !is_cut_) {
    IoError error;
    const size_t count = stream_.write_some(bytes, error, yield);
    if (error) return false;
    bytes.remove_prefix(count);
  }
  write_deadline_ns_ = kNever;
  return !is_cut_;
}

void WebSocketSession::watch_tunnel() {
  if (is_tunnel_watched_) return;
  is_tunnel_watched_ = true;
  tunnel_.async_wait(Descriptor::wait_read, [this](const IoError& error) {
    is_tunnel_watched_ = false;
    has_tunnel_bytes_ = !error;
    (void)send_gate_.cancel();
    (void)end_gate_.cancel();
  });
}

// The end

void WebSocketSession::end_with(uint16_t code, std::string_view reason) {
  if (is_over_) return;
  control_ += encode_close(code, reason);
  is_over_ = true;
  (void)send_gate_.cancel();
}

void WebSocketSession::end() {
  end_with(kWebSocketGoingAway, "The server ends.");
  IoError ignored;
  (void)tunnel_.cancel(ignored);
  if (!is_sending_) stream_.cancel();
}

void WebSocketSession::look(uint64_t now_ns) {
  const bool is_stuck = now_ns >= write_deadline_ns_;
  const bool is_silent = now_ns - heard_ns_ > 3 * share_.limits().heartbeat_ns;
  if (!is_stuck && !is_silent) return;
  is_cut_ = true;
  end();
  stream_.cancel();
}

void WebSocketSession::wait_at(IoTimer& gate, uint64_t time_ns, const IoYield& yield) {
  IoError ignored;
  gate.expires_after(std::chrono::nanoseconds(std::min<uint64_t>(time_ns, uint64_t{24} * 3600 * kSecond)));
  gate.async_wait(yield[ignored]);
}

}  // namespace laneway
