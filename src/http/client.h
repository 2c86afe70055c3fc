#pragma once
// HttpClient speaks HTTP/1.1 to lanewayd: one blocking connection over its unix socket, or over TLS with the server's
// certificate checked. Also reads a stream of server-sent events line by line. For the command line and tests; one
// thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "http/message.h"

namespace laneway {

class ClientTransport;

struct HttpClientOptions {
  std::string unix_path = {};  // where empty, host and port by TLS
  std::string host = {};
  uint16_t port = 0;
  std::string ca_path = {};               // PEM; who may have signed the server's certificate. Empty: the system's
  bool is_verified = true;                // false: the server may be anybody
  uint64_t time_limit_ns = 60 * kSecond;  // of the connecting, and of each request as a whole
  size_t body_bytes_max = 64 * kMiB;      // of an answer
};

class HttpClient {
 public:
  // ErrorCode::unreachable where nobody listens, permission_denied where the certificate is not trusted.
  static Result<std::unique_ptr<HttpClient>> connect(const HttpClientOptions& options);
  ~HttpClient();

  struct Call {
    std::string method = "GET";
    std::string target = "/";  // path and query, encoded
    std::string body = {};
    HttpHeaders headers = {};
  };
  // Any status is a response. An error says that there was none; the connection is then of no more use.
  Result<HttpResponse> send(const Call& call);
  Result<HttpResponse> get(const std::string& target);
  Result<HttpResponse> post(const std::string& target, const std::string& json);
  Result<HttpResponse> put(const std::string& target, const std::string& json);
  Result<HttpResponse> patch(const std::string& target, const std::string& json);
  Result<HttpResponse> remove(const std::string& target);

  // Sends the request and reads the head of its answer. Where its content type is text/event-stream, lines follow
  // (read_line); else this is the whole answer. No other call may follow on this connection.
  Result<HttpResponse> open_stream(const Call& call);
  // The stream's next line without its line break; none where the server ended it; timed_out where nothing came.
  Result<std::optional<std::string>> read_line(uint64_t time_limit_ns);

 private:
  HttpClient(HttpClientOptions options, std::unique_ptr<ClientTransport> transport);
  Result<HttpResponse> exchange(const Call& call, bool is_stream);
  Result<void> write_request(const Call& call, uint64_t deadline_ns);

  const HttpClientOptions options_;
  std::unique_ptr<ClientTransport> transport_;
  std::string unread_;
};

}  // namespace laneway
