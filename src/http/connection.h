#pragma once
// HttpConnection is one client's connection from its first byte to its last: reads requests, has them answered, writes
// answers or a stream of events. Its coroutine is the only one that waits here. Owned by the server's loop; HTTP
// thread.

#include <memory>
#include <string>
#include <string_view>

#include "http/byte_stream.h"
#include "http/loop_share.h"
#include "http/request_reader.h"

namespace laneway {

class WebSocketSession;

class HttpConnection {
 public:
  HttpConnection(LoopShare& share, std::unique_ptr<ByteStream> stream, HttpPeer peer);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // The connection's life; inside its coroutine.
  void serve(const IoYield& yield);

  // From outside the coroutine:
  void look(uint64_t now_ns);  // ends what has taken too long
  void tell_news();
  void end_soon();  // after the answer under way
  void end_now();

  // For the exchange, inside the coroutine:
  bool run_blocking(BlockingPool pool, BlockingWork& work, const IoYield& yield);
  bool pause(uint64_t time_ns, const IoYield& yield);

 private:
  bool serve_request(const IoYield& yield);
  struct BodyRoom;
  bool read_request(RequestReader& reader, BodyRoom& room, const IoYield& yield);
  bool read_more(size_t size_max, const IoYield& yield);
  bool answer(RequestReader& reader, const IoYield& yield);
  HttpAnswer ask_handler(const HttpRequest& request, const IoYield& yield);
  bool answer_problem(const Problem& problem, const IoYield& yield);
  bool write_response(HttpResponse& response, bool is_kept_alive, bool is_head, const IoYield& yield);
  bool write_stream(HttpAnswer& answer, bool is_head, const IoYield& yield);
  void run_stream(EventSource& events, const IoYield& yield);
  bool run_tunnel(HttpAnswer& answer, const IoYield& yield);
  bool write_news(EventSource& events, const IoYield& yield);
  bool write(std::string_view bytes, const IoYield& yield);
  void finish(const IoYield& yield);

  void set_deadline(uint64_t time_ns);
  void wait_at_gate(uint64_t time_ns, const IoYield& yield);
  void open_gate();
  void watch_peer();
  void end_watch(const IoYield& yield);
  bool is_peer_gone();

  LoopShare& share_;
  const std::unique_ptr<ByteStream> stream_;
  const HttpPeer peer_;
  IoTimer gate_;  // what the coroutine waits at when it waits for no bytes
  std::string unread_;
  WebSocketSession* session_ = nullptr;  // what the connection has become, while its run() lasts
  uint64_t deadline_ns_ = kNever;
  bool is_timed_out_ = false;  // the deadline passed: the operation under way was cancelled
  bool is_reading_ = true;     // nothing is asked yet that the client could miss an answer to
  bool is_idle_ = true;        // between two requests
  bool is_refused_ = false;    // the client may still be sending what nobody reads
  bool has_news_ = false;
  bool is_ending_ = false;
  bool is_watched_ = false;  // a wait for the peer's bytes is under way, besides the coroutine
  bool has_peer_bytes_ = false;
  bool is_gone_ = false;  // the peer
};

}  // namespace laneway
