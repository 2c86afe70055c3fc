#pragma once
// ScriptHandler answers a test server's requests by their path: /echo, /peer, /large, /throw, /pause, /events,
// /tunnel, and /hold/POOL, which blocks a thread of that pool until release(). Tests.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/testing/temp_dir.h"
#include "base/units.h"
#include "http/message.h"
#include "http/server.h"
#include "http/websocket_handshake.h"

namespace laneway {

// What happened, for any number of streams; each takes what it has not had.
class EventLog {
 public:
  void add(const std::string& wire) {
    const std::lock_guard lock(mutex_);
    wire_ += wire;
  }
  void end() { is_over_ = true; }
  bool take_from(size_t& position, std::string& wire) {
    const std::lock_guard lock(mutex_);
    wire += wire_.substr(position);
    position = wire_.size();
    return !is_over_;
  }

 private:
  std::mutex mutex_;
  std::string wire_;
  std::atomic<bool> is_over_{false};
};

class LogSource final : public EventSource {
 public:
  explicit LogSource(EventLog& log) : log_(log) {}
  bool take(std::string& wire) override { return log_.take_from(position_, wire); }

 private:
  EventLog& log_;
  size_t position_ = 0;
};

class ScriptHandler final : public HttpHandler {
 public:
  HttpAnswer handle(HttpExchange& exchange) override {
    const HttpRequest& request = exchange.request();
    HttpAnswer answer;
    answer.response.content_type = "text/plain";
    if (request.path == "/echo") answer.response.body = echo(request);
    if (request.path == "/peer") answer.response.body = peer(request.peer);
    if (request.path == "/large") answer.response.body = std::string(number_in(request), 'x');
    if (request.path == "/throw") throw std::runtime_error("a bug");
    if (request.path == "/events") answer.events = std::make_unique<LogSource>(log);
    if (request.path == "/pause") answer.response.body = exchange.pause(number_in(request)) ? "paused" : "cut short";
    if (request.path.rfind("/hold/", 0) == 0) hold(exchange, request.path.substr(6), answer.response);
    if (request.path == "/pause") ++pauses;
    if (request.path == "/tunnel") {
      answer.response = upgrade_response(request);
      answer.tunnel = std::move(tunnel);
    }
    return answer;
  }

  void release(int count = 1) { gate_.release(count); }
  // Waits until that many blocking works have begun.
  void await_begun(int count) {
    for (int i = 0; i < count; ++i) begun_.acquire();
  }

  EventLog log;
  std::atomic<int> pauses{0};
  UniqueFd tunnel;  // what the next /tunnel is given

 private:
  class Hold final : public BlockingWork {
   public:
    Hold(std::counting_semaphore<>& begun, std::counting_semaphore<>& gate) : begun_(begun), gate_(gate) {}
    void run() override {
      begun_.release();
      gate_.acquire();
    }

   private:
    std::counting_semaphore<>& begun_;
    std::counting_semaphore<>& gate_;
  };
  class Nothing final : public BlockingWork {
   public:
    void run() override {}
  };

  static std::string echo(const HttpRequest& request) {
    std::string text = request.method + " " + request.path;
    for (const auto& [name, value] : request.parameters) text += " " + name + "=" + value;
    return text + "\n" + request.body;
  }
  static std::string peer(const HttpPeer& peer) { return peer.is_local ? fmt_local(peer) : "remote " + peer.address; }
  static std::string fmt_local(const HttpPeer& peer) {
    return "local " + std::to_string(peer.uid) + " " + std::to_string(peer.gid) + " " + std::to_string(peer.pid);
  }
  static uint64_t number_in(const HttpRequest& request) {
    return std::stoull(std::string(request.parameter("n").value_or("0")));
  }
  void hold(HttpExchange& exchange, const std::string& name, HttpResponse& response) {
    const std::map<std::string, BlockingPool> pools = {{"store", BlockingPool::store},
                                                       {"engine", BlockingPool::engine},
                                                       {"machines", BlockingPool::machines},
                                                       {"passwords", BlockingPool::passwords}};
    Hold work(begun_, gate_);
    Nothing nothing;
    BlockingWork& chosen = exchange.request().parameter("n") ? static_cast<BlockingWork&>(nothing) : work;
    const bool has_run = exchange.run_blocking(pools.at(name), chosen);
    response.status = has_run ? 200 : 503;
  }

  std::counting_semaphore<> begun_{0};
  std::counting_semaphore<> gate_{0};
};

// A server on a unix socket of its own folder.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.unix_path = dir_.at("http.sock");
    options_.limits.look_ns = 10 * kMillisecond;
  }
  void start() {
    Result<std::unique_ptr<HttpServer>> started = HttpServer::start(options_, handler_);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = std::move(*started);
  }
  // Looks again and again, without a limit of its own: ctest's is the last.
  template <typename Condition>
  void await(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }

  TempDir dir_;
  HttpServerOptions options_;
  ScriptHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace laneway
