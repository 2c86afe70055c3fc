#include "http/client_transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/clock.h"
#include "base/outside.h"
#include "base/unix_socket.h"
#include "http/client.h"
#include "http/openssl_error.h"

namespace laneway {

namespace {

uint64_t now_ns() { return MonotonicClock().now_ns(); }

void make_nonblocking(const UniqueFd& socket) {
  (void)::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK);
}

// The outcome of a connect() that was begun without blocking.
int connect_outcome(const UniqueFd& socket, uint64_t deadline_ns) {
  const uint64_t now = now_ns();
  pollfd watched{socket.get(), POLLOUT, 0};
  const int limit_ms =
      deadline_ns <= now ? 0 : static_cast<int>(std::min<uint64_t>((deadline_ns - now) / 1000000, 1 << 30));
  if (::poll(&watched, 1, limit_ms) <= 0) return ETIMEDOUT;
  int number = 0;
  socklen_t length = sizeof(number);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &number, &length) == 0 ? number : errno;
}

Result<UniqueFd> connect_tcp(const HttpClientOptions& options, uint64_t deadline_ns) {
  Result<std::vector<HostAddress>> addresses = outside().resolve(options.host, options.port);
  if (!addresses) {
    return fail(ErrorCode::unreachable, "{} has no address ({}); check the name.", options.host,
                addresses.error().message);
  }
  int number = 0;
  for (const HostAddress& address : *addresses) {
    UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const void* const any = &address.storage;
    if (!socket) {
      number = errno;
    } else if (::connect(socket.get(), static_cast<const sockaddr*>(any), address.length) == 0) {
      return socket;
    } else {
      number = errno == EINPROGRESS ? connect_outcome(socket, deadline_ns) : errno;
      if (number == 0) return socket;
    }
  }
  return fail(ErrorCode::unreachable, "{} port {} cannot be reached: {}; check that lanewayd runs there.", options.host,
              options.port, errno_text(number));
}

// OpenSSL writes to its socket without MSG_NOSIGNAL: while one of these lives, a peer that is gone raises no SIGPIPE on
// this thread.
class PipeSignalHeld {
 public:
  PipeSignalHeld() {
    (void)::sigemptyset(&pipe_);
    (void)::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    (void)::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    (void)::pthread_sigmask(SIG_BLOCK, &pipe_, &former_);
  }
  ~PipeSignalHeld() {
    const int number = errno;
    const timespec at_once{};
    if (!was_pending_) (void)::sigtimedwait(&pipe_, nullptr, &at_once);
    (void)::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
    errno = number;
  }
  PipeSignalHeld(const PipeSignalHeld&) = delete;
  PipeSignalHeld& operator=(const PipeSignalHeld&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t former_{};
  bool was_pending_ = false;
};

bool is_literal(const std::string& host) {
  std::array<unsigned char, 16> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

bool expect_host(SSL* tls, const std::string& host) {
  if (is_literal(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  return SSL_set_tlsext_host_name(tls, host.c_str()) == 1 && SSL_set1_host(tls, host.c_str()) == 1;
}

}  // namespace

void ClientTransport::FreeTls::operator()(SSL* tls) const { ::SSL_free(tls); }
void ClientTransport::FreeTls::operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }

ClientTransport::ClientTransport(std::string name, UniqueFd socket)
    : name_(std::move(name)), socket_(std::move(socket)) {
  make_nonblocking(socket_);
}

ClientTransport::~ClientTransport() {
  const PipeSignalHeld held;
  if (tls_) (void)::SSL_shutdown(tls_.get());  // as far as it goes without waiting
}

Result<std::unique_ptr<ClientTransport>> ClientTransport::connect_unix_socket(const std::string& path,
                                                                              uint64_t time_limit_ns) {
  Result<UniqueFd> socket = connect_unix(path, time_limit_ns);
  if (!socket) {
    return fail(socket.error().code, "lanewayd does not answer on {} ({}); check that it runs.", path,
                socket.error().message);
  }
  return std::unique_ptr<ClientTransport>(new ClientTransport(path, std::move(*socket)));
}

Result<std::unique_ptr<ClientTransport>> ClientTransport::connect_tls(const HttpClientOptions& options) {
  const uint64_t deadline = now_ns() + options.time_limit_ns;
  Result<UniqueFd> socket = connect_tcp(options, deadline);
  if (!socket) return pass_on(socket);
  const std::string name = fmt::format("{} port {}", options.host, options.port);
  auto made = std::unique_ptr<ClientTransport>(new ClientTransport(name, std::move(*socket)));
  if (Result<void> begun = made->begin_tls(options, deadline); !begun) return pass_on(begun);
  return made;
}

Result<void> ClientTransport::begin_tls(const HttpClientOptions& options, uint64_t deadline_ns) {
  context_.reset(::SSL_CTX_new(::TLS_client_method()));
  if (!context_ || SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION) != 1) {
    return fail(ErrorCode::internal, "TLS cannot be used: {}.", openssl_words());
  }
  const bool has_authorities = options.ca_path.empty()
                                   ? ::SSL_CTX_set_default_verify_paths(context_.get()) == 1
                                   : ::SSL_CTX_load_verify_file(context_.get(), options.ca_path.c_str()) == 1;
  if (!has_authorities) {
    return fail(ErrorCode::invalid_argument, "{} holds no certificates ({}); name a PEM file.", options.ca_path,
                openssl_words());
  }
  ::SSL_CTX_set_verify(context_.get(), options.is_verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  tls_.reset(::SSL_new(context_.get()));
  if (!tls_ || !expect_host(tls_.get(), options.host) || ::SSL_set_fd(tls_.get(), socket_.get()) != 1) {
    return fail(ErrorCode::internal, "TLS cannot be used: {}.", openssl_words());
  }
  const PipeSignalHeld held;
  for (;;) {
    const int outcome = ::SSL_connect(tls_.get());
    if (outcome == 1) return {};
    const long verdict = ::SSL_get_verify_result(tls_.get());
    if (options.is_verified && verdict != X509_V_OK) {
      return fail(ErrorCode::permission_denied,
                  "The certificate of {} is not trusted ({}); name the file of who signed it, or of itself.", name_,
                  ::X509_verify_cert_error_string(verdict));
    }
    if (Result<void> waited = wait_for_tls(outcome, deadline_ns); !waited) return waited;
  }
}

Result<void> ClientTransport::wait(short events, uint64_t deadline_ns) const {
  for (;;) {
    const uint64_t now = now_ns();
    if (now >= deadline_ns) return fail(ErrorCode::timed_out, "{} did not answer in time; try again.", name_);
    const uint64_t rest_ms = std::min<uint64_t>((deadline_ns - now) / 1000000 + 1, 60000);
    pollfd watched{socket_.get(), events, 0};
    if (::poll(&watched, 1, static_cast<int>(rest_ms)) > 0) return {};
  }
}

Result<void> ClientTransport::wait_for_tls(int outcome, uint64_t deadline_ns) {
  const int reason = ::SSL_get_error(tls_.get(), outcome);
  if (reason == SSL_ERROR_WANT_READ) return wait(POLLIN, deadline_ns);
  if (reason == SSL_ERROR_WANT_WRITE) return wait(POLLOUT, deadline_ns);
  return failure(reason == SSL_ERROR_SYSCALL && errno != 0 ? errno_text(errno) : openssl_words());
}

tl::unexpected<Error> ClientTransport::failure(const std::string& words) const {
  return fail(ErrorCode::unreachable, "The connection to {} ended: {}; try again.", name_, words);
}

Result<void> ClientTransport::write(std::string_view bytes, uint64_t deadline_ns) {
  const PipeSignalHeld held;
  while (!bytes.empty()) {
    size_t count = 0;
    if (tls_) {
      const int outcome = ::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
      if (outcome != 1) {
        if (Result<void> waited = wait_for_tls(outcome, deadline_ns); !waited) return waited;
      }
    } else {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return failure(errno_text(errno));
      if (sent < 0) {
        if (Result<void> waited = wait(POLLOUT, deadline_ns); !waited) return waited;
      }
      count = sent < 0 ? 0 : static_cast<size_t>(sent);
    }
    bytes.remove_prefix(count);
  }
  return {};
}

Result<bool> ClientTransport::read(std::string& bytes, uint64_t deadline_ns) {
  std::array<char, 16 * 1024> piece;
  for (;;) {
    Result<void> waited;
    if (tls_) {
      size_t count = 0;
      const int outcome = ::SSL_read_ex(tls_.get(), piece.data(), piece.size(), &count);
      if (outcome == 1) {
        bytes.append(piece.data(), count);
        return true;
      }
      if (::SSL_get_error(tls_.get(), outcome) == SSL_ERROR_ZERO_RETURN) return false;
      waited = wait_for_tls(outcome, deadline_ns);
    } else {
      const ssize_t count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (count > 0) bytes.append(piece.data(), static_cast<size_t>(count));
      if (count >= 0) return count > 0;
      if (errno != EAGAIN && errno != EINTR) return failure(errno_text(errno));
      waited = wait(POLLIN, deadline_ns);
    }
    if (!waited) return pass_on(waited);
  }
}

}  // namespace laneway
