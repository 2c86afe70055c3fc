#pragma once
// WebSocketSession joins a client's WebSocket and a descriptor: bytes go both ways until one side ends, each direction
// in a coroutine of its own that waits when the other side is slow. Owned by its connection for as long as run() lasts;
// HTTP thread.

#include <string>

#include "base/fd.h"
#include "http/byte_stream.h"
#include "http/loop_share.h"
#include "http/websocket_frames.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace laneway {

class WebSocketSession {
 public:
  // `tunnel` is a stream that can be read and written; `unread` came already after the client's request.
  WebSocketSession(LoopShare& share, ByteStream& stream, UniqueFd tunnel, std::string unread);
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  void run(const IoYield& yield);

  // From outside:
  void look(uint64_t now_ns);  // ends it where the client has taken nothing, or said nothing, for too long
  void end();

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<IoExecutor>;

  void receive(const IoYield& yield);
  bool take(std::string_view bytes, const IoYield& yield);
  bool write_tunnel(std::string_view bytes, const IoYield& yield);
  void begin_sending();
  void send(const IoYield& yield);
  bool send_what_there_is(const IoYield& yield);
  bool write(std::string_view bytes, const IoYield& yield);
  void watch_tunnel();
  void end_with(uint16_t code, std::string_view reason);
  void wait_at(IoTimer& gate, uint64_t time_ns, const IoYield& yield);

  LoopShare& share_;
  ByteStream& stream_;
  Descriptor tunnel_;
  WebSocketReader reader_;
  std::string unread_;
  IoTimer send_gate_;      // what the sending coroutine waits at
  IoTimer end_gate_;       // what run() waits at for the sending coroutine's end
  std::string control_;    // frames that go before the tunnel's bytes
  uint64_t heard_ns_ = 0;  // from the client
  uint64_t pinged_ns_ = 0;
  uint64_t write_deadline_ns_ = kNever;
  bool is_over_ = false;     // one side has ended: what is in control_ is still sent
  bool is_cut_ = false;      // nothing more is sent
  bool is_sending_ = false;  // the coroutine lives
  bool is_tunnel_watched_ = false;
  bool has_tunnel_bytes_ = false;
};

}  // namespace laneway
