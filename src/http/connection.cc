#include "http/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "base/log.h"
#include "http/response_text.h"
#include "http/websocket_session.h"

namespace laneway {

namespace {

constexpr size_t kHeadReadBytes = 4 * kKiB;
constexpr size_t kBodyReadBytes = 64 * kKiB;
constexpr size_t kPieceBytes = 64 * kKiB;       // of an answer, within write_stall_ns
constexpr size_t kKeptBufferBytes = 16 * kKiB;  // of an idle connection
constexpr size_t kDiscardedBytesMax = 4 * kMiB;
constexpr uint64_t kFinishTimeNs = kSecond;
constexpr std::string_view kAllow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// One request as its handler sees it.
class Exchange final : public HttpExchange {
 public:
  Exchange(HttpConnection& connection, const HttpRequest& request, const IoYield& yield)
      : connection_(connection), request_(request), yield_(yield) {}
  const HttpRequest& request() const override { return request_; }
  bool run_blocking(BlockingPool pool, BlockingWork& work) override {
    return connection_.run_blocking(pool, work, yield_);
  }
  bool pause(uint64_t time_ns) override { return connection_.pause(time_ns, yield_); }

 private:
  HttpConnection& connection_;
  const HttpRequest& request_;
  const IoYield& yield_;
};

// Lives on the coroutine's stack, which stays until `is_over`: the last thing that a pool's thread does with it is to
// post that.
class BlockingJob final : public PoolJob {
 public:
  BlockingJob(asio::io_context& io, IoTimer& gate, BlockingWork& work) : io_(io), gate_(gate), work_(work) {}
  void run() override {
    work_.run();
    tell(true);
  }
  void drop() override { tell(false); }
  bool is_over() const { return is_over_; }
  bool has_run() const { return has_run_; }

 private:
  void tell(bool has_run) {
    asio::post(io_, [this, has_run] {
      has_run_ = has_run;
      is_over_ = true;
      gate_.cancel();
    });
  }

  asio::io_context& io_;
  IoTimer& gate_;
  BlockingWork& work_;
  bool is_over_ = false;
  bool has_run_ = false;
};

}  // namespace

// A request's part of what all bodies may take.
struct HttpConnection::BodyRoom {
  explicit BodyRoom(LoopShare& given) : share(given) {}
  ~BodyRoom() { share.bodies_bytes -= bytes; }
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  bool take(uint64_t wanted) {
    if (wanted > share.limits().bodies_bytes_max - share.bodies_bytes) return false;
    share.bodies_bytes += wanted;
    bytes = wanted;
    return true;
  }

  LoopShare& share;
  uint64_t bytes = 0;
};

HttpConnection::HttpConnection(LoopShare& share, std::unique_ptr<ByteStream> stream, HttpPeer peer)
    : share_(share), stream_(std::move(stream)), peer_(std::move(peer)), gate_(share.io.get_executor()) {}

void HttpConnection::serve(const IoYield& yield) {
  set_deadline(share_.limits().header_time_ns);
  if (!stream_->begin(yield)) {
    if (is_timed_out_) ++share_.counts.timed_out;
    return;
  }
  while (serve_request(yield)) {
  }
  finish(yield);
}

bool HttpConnection::serve_request(const IoYield& yield) {
  RequestReader reader(share_.limits());
  BodyRoom room(share_);
  is_reading_ = true;
  if (!read_request(reader, room, yield)) return false;
  is_reading_ = false;
  set_deadline(kNever);
  ++share_.counts.requests;
  if (reader.state() == RequestReader::State::refused) return answer_problem(reader.take_problem(), yield);
  return answer(reader, yield) && !is_ending_;
}

// False where the connection is over.
bool HttpConnection::read_request(RequestReader& reader, BodyRoom& room, const IoYield& yield) {
  using State = RequestReader::State;
  is_idle_ = unread_.empty();
  if (unread_.capacity() > kKeptBufferBytes && is_idle_) unread_.shrink_to_fit();
  set_deadline(is_idle_ ? share_.limits().idle_time_ns : share_.limits().header_time_ns);
  State state = State::head;
  for (;;) {
    const State former = state;
    if (!unread_.empty()) state = reader.feed(unread_);
    if (state == State::done || state == State::refused) return true;
    if (former == State::head && state == State::body) {
      if (!room.take(reader.body_bytes_max())) {
        return answer_problem({.status = 503, .detail = "Too many requests with large bodies are under way."}, yield);
      }
      if (reader.wants_continue() && unread_.empty() && !write(kContinue, yield)) return false;
      set_deadline(share_.limits().body_time_ns);
      continue;
    }
    if (!read_more(state == State::head ? kHeadReadBytes : kBodyReadBytes, yield)) break;
    if (is_idle_) set_deadline(share_.limits().header_time_ns);
    is_idle_ = false;
  }
  if (!is_timed_out_ || is_idle_) return false;
  is_timed_out_ = false;
  ++share_.counts.requests;
  return answer_problem({.status = 408, .detail = "The request did not come in time."}, yield);
}

bool HttpConnection::read_more(size_t size_max, const IoYield& yield) {
  if (is_timed_out_) return false;
  const size_t before = unread_.size();
  unread_.resize(before + size_max);
  IoError error;
  const size_t count = stream_->read_some(unread_.data() + before, size_max, error, yield);
  unread_.resize(before + (error ? 0 : count));
  return !error && count > 0;
}

// True where another request may follow.
bool HttpConnection::answer(RequestReader& reader, const IoYield& yield) {
  HttpRequest request = reader.take_request();
  request.peer = peer_;
  HttpAnswer answer;
  if (request.method == "OPTIONS") {
    answer.response.status = 204;
    answer.response.headers.emplace_back("allow", kAllow);
  } else {
    answer = ask_handler(request, yield);
  }
  if (answer.tunnel) return run_tunnel(answer, yield);
  if (answer.events) return write_stream(answer, reader.is_head_method(), yield);
  const bool is_kept_alive = reader.is_kept_alive() && !is_ending_;
  return write_response(answer.response, is_kept_alive, reader.is_head_method(), yield) && is_kept_alive;
}

HttpAnswer HttpConnection::ask_handler(const HttpRequest& request, const IoYield& yield) {
  Exchange exchange(*this, request, yield);
  std::string words;
  try {
    return share_.handler.handle(exchange);
  } catch (const std::exception& error) {
    words = error.what();
  }
  log_error("The answer to {} {} failed: {}; the client was told 500, report this as a defect.", request.method,
            request.path, words);
  return {.response = problem_response({.status = 500, .detail = "The server could not answer; its log says why."})};
}

// The connection ends with it: what follows on it cannot be told from this request's rest.
bool HttpConnection::answer_problem(const Problem& problem, const IoYield& yield) {
  HttpResponse response = problem_response(problem);
  if (problem.status == 405) response.headers.emplace_back("allow", kAllow);
  is_refused_ = true;
  (void)write_response(response, false, false, yield);
  return false;
}

bool HttpConnection::write_response(HttpResponse& response, bool is_kept_alive, bool is_head, const IoYield& yield) {
  std::string text = encode_response_head(response, {.is_tls = !peer_.is_local, .is_kept_alive = is_kept_alive});
  const bool has_body = !is_head && response.status != 204 && response.status != 304;
  if (!has_body) return write(text, yield);
  if (response.body.size() > kPieceBytes) return write(text, yield) && write(response.body, yield);
  text += response.body;
  return write(text, yield);
}

bool HttpConnection::write_stream(HttpAnswer& answer, bool is_head, const IoYield& yield) {
  if (share_.counts.streams >= share_.limits().streams_max) {
    return answer_problem({.status = 503, .detail = "Too many event streams are open.", .remedy = "Try again later."},
                          yield);
  }
  answer.response.content_type = "text/event-stream";
  const ResponseFrame frame{.is_tls = !peer_.is_local, .is_kept_alive = false, .has_length = false};
  ++share_.counts.streams;
  if (write(encode_response_head(answer.response, frame), yield) && !is_head) run_stream(*answer.events, yield);
  --share_.counts.streams;
  return false;
}

void HttpConnection::run_stream(EventSource& events, const IoYield& yield) {
  const uint64_t heartbeat_ns = share_.limits().heartbeat_ns;
  while (!is_ending_ && write_news(events, yield)) {
    const uint64_t begin_ns = share_.clock.now_ns();
    watch_peer();
    while (!has_news_ && !is_ending_ && is_watched_ && share_.clock.now_ns() - begin_ns < heartbeat_ns) {
      wait_at_gate(heartbeat_ns - (share_.clock.now_ns() - begin_ns), yield);
    }
    // A client that talks into its stream is as good as gone.
    if (!is_watched_ && (is_gone_ || has_peer_bytes_)) break;
    if (!has_news_ && !is_ending_ && !write(":\n\n", yield)) break;
  }
  end_watch(yield);
}

bool HttpConnection::run_tunnel(HttpAnswer& answer, const IoYield& yield) {
  if (share_.counts.tunnels >= share_.limits().tunnels_max) {
    return answer_problem({.status = 503, .detail = "Too many WebSockets are open.", .remedy = "Close one."}, yield);
  }
  const ResponseFrame frame{.is_tls = !peer_.is_local, .is_upgraded = true};
  if (!write(encode_response_head(answer.response, frame), yield)) return false;
  WebSocketSession session(share_, *stream_, std::move(answer.tunnel), std::move(unread_));
  unread_.clear();
  session_ = &session;
  ++share_.counts.tunnels;
  session.run(yield);
  --share_.counts.tunnels;
  session_ = nullptr;
  return false;
}

bool HttpConnection::write_news(EventSource& events, const IoYield& yield) {
  has_news_ = false;
  std::string wire;
  const bool goes_on = events.take(wire);
  if (wire.size() > share_.limits().stream_backlog_max) {
    ++share_.counts.lagging;
    return false;
  }
  if (!wire.empty() && !write(wire, yield)) {
    if (is_timed_out_) ++share_.counts.lagging;
    return false;
  }
  return goes_on;
}

bool HttpConnection::write(std::string_view bytes, const IoYield& yield) {
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    set_deadline(share_.limits().write_stall_ns);
    while (!piece.empty()) {
      IoError error;
      const size_t count = stream_->write_some(piece, error, yield);
      if (error || is_timed_out_) return false;
      piece.remove_prefix(count);
    }
  }
  set_deadline(kNever);
  return true;
}

// A refused client may be sending still. Were the socket closed on that, its kernel would throw our answer away.
void HttpConnection::finish(const IoYield& yield) {
  if (is_timed_out_) return;
  is_reading_ = is_idle_ = true;
  set_deadline(kFinishTimeNs);
  stream_->end(yield);
  size_t discarded = 0;
  while (is_refused_ && !is_timed_out_ && discarded < kDiscardedBytesMax) {
    unread_.clear();
    if (!read_more(kBodyReadBytes, yield)) break;
    discarded += unread_.size();
  }
}

void HttpConnection::set_deadline(uint64_t time_ns) {
  deadline_ns_ = time_ns == kNever ? kNever : share_.clock.now_ns() + time_ns;
}

void HttpConnection::look(uint64_t now_ns) {
  if (session_ != nullptr) return session_->look(now_ns);
  if (now_ns < deadline_ns_) return;
  deadline_ns_ = kNever;
  is_timed_out_ = true;
  if (!is_idle_) ++share_.counts.timed_out;
  stream_->cancel();
}

void HttpConnection::tell_news() {
  has_news_ = true;
  open_gate();
}

void HttpConnection::end_soon() {
  is_ending_ = true;
  open_gate();
  if (session_ != nullptr) session_->end();
  if (is_reading_) stream_->cancel();
}

void HttpConnection::end_now() {
  is_ending_ = true;
  is_timed_out_ = true;
  if (session_ != nullptr) session_->end();
  stream_->cancel();
  open_gate();
}

void HttpConnection::wait_at_gate(uint64_t time_ns, const IoYield& yield) {
  IoError ignored;
  gate_.expires_after(std::chrono::nanoseconds(std::min<uint64_t>(time_ns, uint64_t{24} * 3600 * kSecond)));
  gate_.async_wait(yield[ignored]);
}

void HttpConnection::open_gate() { (void)gate_.cancel(); }

bool HttpConnection::run_blocking(BlockingPool pool, BlockingWork& work, const IoYield& yield) {
  BlockingJob job(share_.io, gate_, work);
  if (!share_.pool(pool).submit(job)) return false;
  while (!job.is_over()) wait_at_gate(kNever, yield);
  return job.has_run();
}

bool HttpConnection::pause(uint64_t time_ns, const IoYield& yield) {
  const uint64_t begin_ns = share_.clock.now_ns();
  watch_peer();
  uint64_t passed_ns = 0;
  while (!is_ending_ && !is_gone_ && passed_ns < time_ns) {
    wait_at_gate(time_ns - passed_ns, yield);
    passed_ns = share_.clock.now_ns() - begin_ns;
  }
  end_watch(yield);
  return !is_ending_ && !is_gone_;
}

void HttpConnection::watch_peer() {
  if (is_watched_) return;
  is_watched_ = true;
  stream_->socket().async_wait(asio::socket_base::wait_read, [this](const IoError& error) {
    is_watched_ = false;
    if (!error) is_gone_ = is_peer_gone();
    open_gate();
  });
}

bool HttpConnection::is_peer_gone() {
  char byte = 0;
  const ssize_t count = ::recv(stream_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  has_peer_bytes_ = count > 0;  // a next request, or TLS's word of farewell
  return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

// The watch calls into this object: it has to be over before that goes, or anybody reads.
void HttpConnection::end_watch(const IoYield& yield) {
  if (is_watched_) stream_->cancel();
  while (is_watched_) wait_at_gate(kNever, yield);
}

}  // namespace laneway
