#pragma once
// TcpServer serves a FakeTarget on a TCP port: one loop, one receive and one gathered send a turn and connection, and
// no allocation in it. run() stays on its caller's thread; stop() may come from any thread or a signal.

#include <poll.h>

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
    bool is_polling = false;  // never sleeps: for measuring initiators without the target's wake-ups
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
    std::vector<uint8_t> stream = {};  // received, and from begin to end not yet taken
    size_t begin = 0;
    size_t end = 0;
    bool is_readable = false;
    bool is_closed = false;
  };

  TcpServer(const Options& options, UniqueFd listener, UniqueFd wake, uint16_t port);
  void wait(const FakeTarget& target);
  bool is_look_due();
  void take_peer(FakeTarget& target);
  void receive(Peer& peer);
  void send(Peer& peer);

  const bool is_polling_;
  UniqueFd listener_;
  UniqueFd wake_;
  uint16_t port_;
  MonotonicClock clock_;
  std::vector<Peer> peers_;
  std::vector<pollfd> polled_;
  std::vector<iovec> pieces_;
  uint32_t turns_ = 0;
  bool has_caller_ = false;
  std::atomic<bool> is_stopping_{false};
};

}  // namespace laneway::fake
