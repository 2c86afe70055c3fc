#pragma once
// HttpServer: HTTP/1.1 on a unix socket and on TLS, one thread for all connections, each a stackful coroutine. What may
// block runs in pools (HttpExchange::run_blocking). Everything that a client can use up has a limit. Owned by main; the
// handler outlives it and is called on its thread.

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/units.h"
#include "http/message.h"

namespace laneway {

struct HttpLimits {
  size_t header_bytes_max = 16 * kKiB;  // request line and headers
  size_t body_bytes_max = kMiB;
  uint64_t bodies_bytes_max = 256 * kMiB;  // of all requests under way
  uint64_t header_time_ns = 10 * kSecond;  // from its first byte to its last; also of a TLS handshake
  uint64_t body_time_ns = 30 * kSecond;
  uint64_t idle_time_ns = 60 * kSecond;    // between two requests
  uint64_t write_stall_ns = 30 * kSecond;  // for each 64 KiB of an answer
  uint64_t stop_time_ns = 5 * kSecond;     // for answers under way when the server stops
  uint32_t connections_max = 2048;
  uint32_t connections_reserved = 64;     // of these, for the unix socket: operators get in when TLS is full
  uint32_t connections_of_one_max = 256;  // of one address (IPv6: /64), or of one local user
  uint32_t streams_max = 512;
  uint32_t tunnels_max = 128;             // WebSockets
  size_t stream_backlog_max = kMiB;       // what one stream may be behind
  uint64_t heartbeat_ns = 15 * kSecond;   // a comment, so that a stream that is quiet is seen to live
  uint64_t look_ns = 250 * kMillisecond;  // how often times above are looked at
};

struct HttpPools {
  uint32_t store_threads = 1;
  uint32_t engine_threads = 2;
  uint32_t machines_threads = 4;
  uint32_t passwords_threads = 1;
  uint32_t waiting_max = 256;  // in each pool
};

struct HttpTls {
  std::string address;           // "" is every address of this host, else a literal as "127.0.0.1" or "::1"
  uint16_t port = 0;             // 0: the kernel chooses (HttpServer::tls_port)
  std::string certificate_path;  // PEM: the certificate, then its chain
  std::string key_path;
};

struct HttpServerOptions {
  std::string unix_path;  // empty: none
  mode_t unix_mode = 0600;
  std::optional<HttpTls> tls;
  HttpLimits limits;
  HttpPools pools;
};

struct HttpCounters {
  uint64_t connections = 0;  // open now
  uint64_t streams = 0;      // open now
  uint64_t tunnels = 0;      // open now
  uint64_t requests = 0;     // answered, refused ones included
  uint64_t turned_away = 0;  // connections beyond a limit
  uint64_t timed_out = 0;    // connections that were too slow, in either direction
  uint64_t lagging = 0;      // streams ended since they were too far behind
};

class HttpServer {
 public:
  // Listens and serves when it returns.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options, HttpHandler& handler);
  ~HttpServer();  // stop()

  uint16_t tls_port() const;
  // There may be something for the event streams to take. Any thread; cheap, and one call counts for many.
  void tell_news();
  // New connections get the certificate that is in the files now; on failure the old one stays. Any thread.
  Result<void> reload_certificate();
  // Accepts nothing more, lets requests under way be answered within stop_time_ns, ends streams, idle connections and
  // the rest. Work in a pool is waited for: what it does must be bounded. Owner's thread.
  void stop();
  // Any thread.
  HttpCounters counters() const;

 private:
  class Inside;  // http/server_loop.h, which alone sees Asio
  explicit HttpServer(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace laneway
