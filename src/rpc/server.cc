#include "rpc/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/log.h"
#include "base/outside.h"
#include "base/unix_socket.h"
#include "rpc/error_kind.h"
#include "rpc/message.h"

namespace laneway {

namespace {

constexpr mode_t kSocketMode = 0600;

std::string refusal_line(const Json& id, int number, ErrorCode code, std::string message) {
  return encode_refusal(RpcRefusal{id, number, Error{code, std::move(message)}});
}

std::string refusal_line(ErrorCode code, std::string message) {
  return refusal_line(nullptr, rpc_number(code), code, std::move(message));
}

bool is_admitted(int connection) {
  const Result<PeerIdentity> peer = identify_peer(connection);
  return peer && (peer->uid == 0 || peer->uid == ::geteuid());
}

// Best effort: the peer is not waited for.
void turn_away(const UniqueFd& connection, const std::string& line) {
  (void)::send(connection.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

Result<UniqueFd> RpcServer::listen(const std::string& socket_path) {
  return outside().listen(socket_path, kSocketMode);
}

Result<std::unique_ptr<RpcServer>> RpcServer::open(const Options& options, RpcService& service) {
  Result<UniqueFd> listener = listen(options.socket_path);
  if (!listener) return pass_on(listener);
  return open(options, service, std::move(*listener));
}

Result<std::unique_ptr<RpcServer>> RpcServer::open(const Options& options, RpcService& service, UniqueFd listener) {
  UniqueFd stop_event(::eventfd(0, EFD_CLOEXEC));
  if (!stop_event) return fail(ErrorCode::io, "No eventfd could be made: {}.", errno_text(errno));
  return std::unique_ptr<RpcServer>(new RpcServer(options, service, std::move(listener), std::move(stop_event)));
}

RpcServer::RpcServer(const Options& options, RpcService& service, UniqueFd listener, UniqueFd stop_event)
    : options_(options), service_(service), listener_(std::move(listener)), stop_event_(std::move(stop_event)) {
  // Never blocks in accept(): another process may have taken the connection.
  (void)::fcntl(listener_.get(), F_SETFL, O_NONBLOCK);
  threads_.emplace_back([this] { accept_connections(); });
  for (uint32_t i = 0; i < options.connections_max; ++i) threads_.emplace_back([this] { carry_connections(); });
}

RpcServer::~RpcServer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    // Only the reading side: a call that is under way still gets its answer.
    for (const int fd : being_served_) (void)::shutdown(fd, SHUT_RD);
    // The listener itself may go on in another process.
    (void)::eventfd_write(stop_event_.get(), 1);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  if (!is_socket_left_) (void)outside().unlink(options_.socket_path);
}

// False where the server stops.
bool RpcServer::wait_for_connection() const {
  pollfd watched[] = {{listener_.get(), POLLIN, 0}, {stop_event_.get(), POLLIN, 0}};
  (void)::poll(watched, 2, -1);
  return watched[1].revents == 0;
}

void RpcServer::accept_connections() {
  while (wait_for_connection()) {
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const int number = errno;
    {
      std::unique_lock lock(mutex_);
      if (is_stopping_) return;
      // Out of descriptors or memory: a pause instead of a spin, ended early by the end of a connection.
      if (!connection && number != EINTR && number != ECONNABORTED && number != EAGAIN) {
        changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return is_stopping_; });
      }
    }
    if (connection) admit(std::move(connection));
  }
}

void RpcServer::admit(UniqueFd connection) {
  if (!is_admitted(connection.get())) {
    turn_away(connection, refusal_line(ErrorCode::permission_denied,
                                       "This engine answers only its own user and root; call it as one of them."));
    return;
  }
  if (!take_place()) {
    turn_away(connection, refusal_line(ErrorCode::in_use,
                                       fmt::format("The engine already serves {} connections; try again shortly.",
                                                   options_.connections_max)));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(connection));
  }
  changed_.notify_all();
}

// False where as many are open as may be.
bool RpcServer::take_place() {
  const std::lock_guard lock(mutex_);
  if (open_count_ == options_.connections_max) return false;
  ++open_count_;
  return true;
}

void RpcServer::carry_connections() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return;
    LineChannel channel(std::move(waiting_.front()), kRpcRequestMaxBytes);
    waiting_.pop_front();
    being_served_.push_back(channel.fd());
    lock.unlock();
    serve(channel);
    lock.lock();
    std::erase(being_served_, channel.fd());
    --open_count_;
  }
}

void RpcServer::serve(LineChannel& channel) {
  MonotonicClock clock;
  for (;;) {
    Result<std::optional<std::string>> line = channel.read_line(clock.now_ns() + options_.idle_limit_ns);
    const bool is_end = !line || !*line;
    if (!line && line.error().code == ErrorCode::invalid_argument) {
      const std::string refusal =
          refusal_line(nullptr, kRpcInvalidRequest, line.error().code, std::move(line.error().message));
      (void)channel.write(refusal, clock.now_ns() + options_.write_limit_ns);
    }
    if (is_end) return;
    if (!channel.write(answer(**line), clock.now_ns() + options_.write_limit_ns)) return;
  }
}

std::string RpcServer::answer(std::string_view line) {
  tl::expected<RpcRequest, RpcRefusal> request = decode_request(line);
  if (!request) return encode_refusal(request.error());
  if (!service_.has_method(request->method)) {
    return refusal_line(
        request->id, kRpcMethodNotFound, ErrorCode::unsupported,
        fmt::format("This engine has no method '{}'; check its name and the engine's version.", request->method));
  }
  Result<Json> result = service_.call(request->method, request->params);
  if (result) return encode_result(request->id, *result);
  const int number = rpc_number(result.error().code);
  return encode_refusal(RpcRefusal{request->id, number, std::move(result.error())});
}

}  // namespace laneway
