#pragma once
// ReactorThread is a reactor on a thread of its own, as in production, for tests of what control threads do. Made and
// destroyed by the test's thread.

#include <memory>
#include <thread>

#include "reactor/reactor.h"
#include "reactor/uring_port.h"

namespace laneway {

class ReactorThread {
 public:
  ReactorThread() {
    auto port = UringPort::open({.submission_entries = 64, .completion_entries = 256});
    LW_ASSERT(port.has_value());
    port_ = std::move(*port);
    reactor_ = std::make_unique<Reactor>(*port_, Reactor::Options{.spin_ns = 0});
    thread_ = std::thread([this] { reactor_->run(); });
  }
  ~ReactorThread() {
    reactor_->stop();
    thread_.join();
  }
  Reactor& reactor() { return *reactor_; }

 private:
  std::unique_ptr<UringPort> port_;
  std::unique_ptr<Reactor> reactor_;
  std::thread thread_;
};

}  // namespace laneway
