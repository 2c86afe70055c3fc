#pragma once
// What the HTTP server hands to a handler and gets back, free of sockets and of the library behind the server. A
// handler is called on the HTTP thread, inside the request's own coroutine, and never blocks there: what may block goes
// through HttpExchange::run_blocking, which suspends only this request. RFC 9110.

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace laneway {

// Who is at the other end, as the kernel or TLS says; nothing that a client claims.
struct HttpPeer {
  bool is_local = false;  // unix socket: uid, gid and pid are true
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::string address;  // "192.0.2.1:4711" for TCP
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;                                           // upper case
  std::string path;                                             // decoded, begins with '/', no ".."
  std::vector<std::pair<std::string, std::string>> parameters;  // of the query, decoded
  HttpHeaders headers;                                          // names in lower case
  std::string body;
  HttpPeer peer;

  // Empty where absent.
  std::string_view header(std::string_view lower_case_name) const;
  std::optional<std::string_view> parameter(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  HttpHeaders headers = {};
  std::string body = {};
};

// Work that may block; runs on a thread of one of the server's pools.
class BlockingWork {
 public:
  virtual ~BlockingWork() = default;
  virtual void run() = 0;
};

// Each subject has threads and a queue of its own, so that one that hangs delays nothing else.
enum class BlockingPool : uint8_t { store, engine, machines, passwords };

// Server-sent events to one client (HTML standard, "Server-sent events").
class EventSource {
 public:
  virtual ~EventSource() = default;
  // Appends what happened since the last call in wire form ("id: 7\nevent: x\ndata: {...}\n\n"); nothing where nothing
  // did. Called on the HTTP thread when the server is told of news (HttpServer::tell_news), and at first. False: the
  // stream ends.
  virtual bool take(std::string& wire) = 0;
};

// One request being answered.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequest& request() const = 0;
  // Suspends this request until the work has run. False, at once, where the pool's queue is full: answer 503.
  virtual bool run_blocking(BlockingPool pool, BlockingWork& work) = 0;
  // Suspends this request, and no thread, for that long or a little longer. False, at once, where the request is to end
  // (the client went away, the server stops) or where the server offers no pauses.
  virtual bool pause(uint64_t time_ns) { return time_ns == 0; }
};

struct HttpAnswer {
  HttpResponse response = {};
  std::unique_ptr<EventSource> events = nullptr;  // where there is one, response.body is ignored and the stream follows
  // Where there is one, the response is that of websocket_handshake.h, and the connection carries this stream's bytes
  // both ways from then on.
  UniqueFd tunnel = {};
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual HttpAnswer handle(HttpExchange& exchange) = 0;
};

}  // namespace laneway
