#include "http/server_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/context/protected_fixedsize_stack.hpp>

#include "base/log.h"
#include "base/outside.h"
#include "http/problem.h"
#include "http/response_text.h"

namespace laneway {

namespace {

// Address space; memory is what a handler touches of it. A page below each stack catches what overruns it.
constexpr size_t kStackBytes = 256 * kKiB;
constexpr int kAcceptsAtOnce = 64;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

std::string too_many() {
  HttpResponse response = problem_response(
      {.status = 503, .detail = "The server has as many connections as it takes.", .remedy = "Try again later."});
  response.headers.emplace_back("retry-after", "5");
  return encode_response_head(response, {}) + response.body;
}

asio::generic::stream_protocol protocol_of(int family) {
  return {family, family == AF_UNIX ? 0 : static_cast<int>(IPPROTO_TCP)};
}

}  // namespace

Result<void> HttpServer::Inside::listen() {
  const HttpServerOptions& options = share_.options;
  if (options.unix_path.empty() && !options.tls) {
    return fail(ErrorCode::invalid_argument, "The HTTP server has nowhere to listen; give it a socket path or TLS.");
  }
  if (options.tls) {
    if (Result<void> listening = listen_tls(*options.tls); !listening) return listening;
  }
  // Last, since it leaves something behind where the others fail.
  if (options.unix_path.empty()) return {};
  Result<UniqueFd> listener = outside().listen(options.unix_path, options.unix_mode);
  if (!listener) return pass_on(listener);
  (void)::fcntl(listener->get(), F_SETFL, ::fcntl(listener->get(), F_GETFL) | O_NONBLOCK);
  listeners_.emplace_back(share_.io, std::move(*listener), false);
  return {};
}

Result<void> HttpServer::Inside::listen_tls(const HttpTls& options) {
  Result<std::unique_ptr<TlsContext>> context = TlsContext::open(options);
  if (!context) return pass_on(context);
  tls_ = std::move(*context);
  Result<UniqueFd> listener = listen_tcp(options.address, options.port);
  if (!listener) return pass_on(listener);
  Result<uint16_t> port = port_of(*listener);
  if (!port) return pass_on(port);
  tls_port_ = *port;
  listeners_.emplace_back(share_.io, std::move(*listener), true);
  return {};
}

void HttpServer::Inside::run() {
  for (Listener& listener : listeners_) accept_from(listener);
  thread_ = std::thread([this] { share_.io.run(); });
}

void HttpServer::Inside::accept_from(Listener& listener) {
  listener.descriptor.async_wait(Descriptor::wait_read, [this, &listener](const IoError& error) {
    if (!error && !share_.is_stopping) accept_all(listener);
  });
}

void HttpServer::Inside::accept_all(Listener& listener) {
  int number = 0;
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    std::optional<Accepted> accepted = accept_peer(listener.descriptor.native_handle(), number);
    if (!accepted) break;
    if (has_room_for(*accepted)) {
      admit(std::move(*accepted), listener.is_tls);
    } else {
      turn_away(*accepted, listener.is_tls);
    }
  }
  const bool is_exhausted = number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
  if (!is_exhausted) {
    accept_from(listener);
    return;
  }
  uint64_t held_back = 0;
  if (exhaustion_lines_.admit(share_.clock.now_ns(), held_back)) {
    log_warning("The HTTP server can accept no connection now: {}; raise the limit of open files.", errno_text(number));
  }
  listener.pause.expires_after(kAcceptPause);
  listener.pause.async_wait([this, &listener](const IoError& error) {
    if (!error && !share_.is_stopping) accept_from(listener);
  });
}

bool HttpServer::Inside::has_room_for(const Accepted& accepted) const {
  const auto found = counted_.find(accepted.counted_as);
  const uint32_t of_one = found == counted_.end() ? 0 : found->second;
  const size_t reserved = accepted.peer.is_local ? 0 : share_.limits().connections_reserved;
  return members_.size() + reserved < share_.limits().connections_max &&
         of_one < share_.limits().connections_of_one_max;
}

void HttpServer::Inside::turn_away(const Accepted& accepted, bool is_tls) {
  ++share_.counts.turned_away;
  if (is_tls) return;  // a handshake would cost more than the peer is owed
  const std::string answer = too_many();
  (void)::send(accepted.socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void HttpServer::Inside::admit(Accepted accepted, bool is_tls) {
  IoSocket socket(share_.io.get_executor());
  IoError error;
  (void)socket.assign(protocol_of(accepted.family), accepted.socket.get(), error);
  if (error) return;
  (void)accepted.socket.release();
  std::unique_ptr<ByteStream> stream;
  if (is_tls) {
    stream = tls_->with([&socket](ssl_ctx_st* context) { return make_tls_stream(std::move(socket), context); });
  } else {
    stream = make_plain_stream(std::move(socket));
  }
  if (!stream) return;
  ++counted_[accepted.counted_as];
  share_.counts.connections = members_.size() + 1;
  begin(members_.emplace(members_.end(), share_, std::move(stream), std::move(accepted)));
  look_later();
}

void HttpServer::Inside::begin(Members::iterator member) {
  asio::spawn(
      share_.io.get_executor(), std::allocator_arg, boost::context::protected_fixedsize_stack(kStackBytes),
      [member](const IoYield& yield) { member->connection.serve(yield); },
      [this, member](const std::exception_ptr& escaped) {
        if (escaped) log_error("A connection of the HTTP server was ended by an exception; report this as a defect.");
        remove(member);
      });
}

void HttpServer::Inside::remove(Members::iterator member) {
  const auto counted = counted_.find(member->counted_as);
  if (--counted->second == 0) counted_.erase(counted);
  members_.erase(member);
  share_.counts.connections = members_.size();
  end_if_empty();
}

// Looks only while there are connections: an idle server sleeps.
void HttpServer::Inside::look_later() {
  if (is_looking_) return;
  is_looking_ = true;
  timer_.expires_after(std::chrono::nanoseconds(share_.limits().look_ns));
  timer_.async_wait([this](const IoError&) {
    is_looking_ = false;
    look();
  });
}

void HttpServer::Inside::look() {
  const uint64_t now_ns = share_.clock.now_ns();
  const bool is_time_over = now_ns >= stop_deadline_ns_;
  for (Member& member : members_) {
    member.connection.look(now_ns);
    if (is_time_over) member.connection.end_now();
  }
  if (!members_.empty()) look_later();
}

void HttpServer::Inside::tell_news() {
  if (is_news_told_.exchange(true)) return;
  asio::post(share_.io, [this] {
    // From here on further news is told again: what came before is seen by those that are woken now.
    is_news_told_ = false;
    for (Member& member : members_) member.connection.tell_news();
  });
}

HttpCounters HttpServer::Inside::counters() const {
  const LoopCounts& counts = share_.counts;
  return {.connections = counts.connections,
          .streams = counts.streams,
          .tunnels = counts.tunnels,
          .requests = counts.requests,
          .turned_away = counts.turned_away,
          .timed_out = counts.timed_out,
          .lagging = counts.lagging};
}

Result<void> HttpServer::Inside::reload_certificate() {
  if (!tls_) return fail(ErrorCode::unsupported, "The server has no TLS; start it with a certificate.");
  return tls_->reload();
}

void HttpServer::Inside::stop() {
  if (!thread_.joinable()) return;
  asio::post(share_.io, [this] { begin_stop(); });
  thread_.join();
  if (!share_.options.unix_path.empty()) (void)outside().unlink(share_.options.unix_path);
}

void HttpServer::Inside::begin_stop() {
  share_.is_stopping = true;
  stop_deadline_ns_ = share_.clock.now_ns() + share_.limits().stop_time_ns;
  listeners_.clear();
  for (Member& member : members_) member.connection.end_soon();
  for (const std::unique_ptr<WorkerPool>& pool : share_.pools) pool->stop();
  end_if_empty();
}

// With nothing left to wait for, the loop returns.
void HttpServer::Inside::end_if_empty() {
  if (share_.is_stopping && members_.empty()) (void)timer_.cancel();
}

}  // namespace laneway
