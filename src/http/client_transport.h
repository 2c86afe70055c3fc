#pragma once
// ClientTransport carries an HttpClient's bytes: a non-blocking socket, plain or with TLS, that is waited for until a
// deadline. Owned by its client. One thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

struct ssl_st;
struct ssl_ctx_st;

namespace laneway {

struct HttpClientOptions;

class ClientTransport {
 public:
  static Result<std::unique_ptr<ClientTransport>> connect_unix_socket(const std::string& path, uint64_t time_limit_ns);
  static Result<std::unique_ptr<ClientTransport>> connect_tls(const HttpClientOptions& options);
  ~ClientTransport();

  Result<void> write(std::string_view bytes, uint64_t deadline_ns);
  // Appends what has come; false at the end of the stream.
  Result<bool> read(std::string& bytes, uint64_t deadline_ns);

 private:
  ClientTransport(std::string name, UniqueFd socket);
  Result<void> begin_tls(const HttpClientOptions& options, uint64_t deadline_ns);
  Result<void> wait(short events, uint64_t deadline_ns) const;
  // Waits for what OpenSSL wants; an error where it failed for good.
  Result<void> wait_for_tls(int outcome, uint64_t deadline_ns);
  tl::unexpected<Error> failure(const std::string& words) const;

  struct FreeTls {
    void operator()(ssl_st* tls) const;
    void operator()(ssl_ctx_st* context) const;
  };

  const std::string name_;
  UniqueFd socket_;
  std::unique_ptr<ssl_ctx_st, FreeTls> context_;
  std::unique_ptr<ssl_st, FreeTls> tls_;  // none: plain
};

}  // namespace laneway
