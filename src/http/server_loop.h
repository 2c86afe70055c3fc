#pragma once
// The inside of HttpServer: its thread, its listening sockets and its connections. Apart from server.h, so that nobody
// else compiles Asio. HTTP thread, except where a member says otherwise.

#include <list>
#include <map>
#include <thread>

#include "base/log.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/loop_share.h"
#include "http/tls_context.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace laneway {

class HttpServer::Inside {
 public:
  Inside(const HttpServerOptions& options, HttpHandler& handler) : share_(options, handler), timer_(share_.io) {}

  // Owner's thread, before the loop runs.
  Result<void> listen();
  void run();
  // Any thread.
  void tell_news();
  HttpCounters counters() const;
  Result<void> reload_certificate();
  // Owner's thread.
  void stop();
  uint16_t tls_port() const { return tls_port_; }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<IoExecutor>;
  struct Listener {
    Listener(asio::io_context& io, UniqueFd given, bool with_tls)
        : descriptor(io.get_executor(), given.release()), pause(io.get_executor()), is_tls(with_tls) {}
    Descriptor descriptor;
    IoTimer pause;
    bool is_tls;
  };
  struct Member {
    Member(LoopShare& share, std::unique_ptr<ByteStream> stream, Accepted accepted)
        : connection(share, std::move(stream), std::move(accepted.peer)), counted_as(std::move(accepted.counted_as)) {}
    HttpConnection connection;
    std::string counted_as;
  };
  using Members = std::list<Member>;

  Result<void> listen_tls(const HttpTls& options);
  void accept_from(Listener& listener);
  void accept_all(Listener& listener);
  bool has_room_for(const Accepted& accepted) const;
  void turn_away(const Accepted& accepted, bool is_tls);
  void admit(Accepted accepted, bool is_tls);
  void begin(Members::iterator member);
  void remove(Members::iterator member);
  void look_later();
  void look();
  void begin_stop();
  void end_if_empty();

  LoopShare share_;
  std::unique_ptr<TlsContext> tls_;
  uint16_t tls_port_ = 0;
  std::list<Listener> listeners_;
  Members members_;
  std::map<std::string, uint32_t> counted_;  // connections by counted_as
  IoTimer timer_;
  bool is_looking_ = false;
  LogGate exhaustion_lines_{3, 60 * kSecond};
  uint64_t stop_deadline_ns_ = kNever;
  std::atomic<bool> is_news_told_{false};  // any thread: a post of it is under way
  std::thread thread_;                     // owner's thread
};

}  // namespace laneway
