#pragma once
// TcpServer serves a FakeTarget on a TCP port: one poll loop, one receive and one send a turn and connection. run()
// stays on its caller's thread; stop() may come from any thread or a signal.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "target/fake_target.h"

namespace laneway::fake {

class TcpServer {
 public:
  // Listens on 127.0.0.1, or on every address; port 0 takes a free one.
  struct Options {
    uint16_t port = 0;
    bool is_local = true;
  };
  static Result<std::unique_ptr<TcpServer>> listen(const Options& options);

  uint16_t port() const { return port_; }
  // Serves until stop(). The target is touched by this thread alone.
  void run(FakeTarget& target);
  void stop();

 private:
  struct Peer {
    UniqueFd fd;
    std::unique_ptr<TargetConnection> connection;
    bool is_closed = false;
  };

  TcpServer(UniqueFd listener, UniqueFd wake, uint16_t port);
  void wait(const FakeTarget& target);
  void take_peer(FakeTarget& target);
  void receive(Peer& peer);
  void send(Peer& peer);

  UniqueFd listener_;
  UniqueFd wake_;
  uint16_t port_;
  MonotonicClock clock_;
  std::vector<Peer> peers_;
  std::vector<uint8_t> buffer_;
  std::vector<uint8_t> readable_;  // by peer, and the listener at the end
  std::atomic<bool> is_stopping_{false};
};

}  // namespace laneway::fake
