#pragma once
// TcpRelay is a second way to a TCP server, that a test can harm: it carries bytes both ways between a free port and
// the server's, until it breaks its connections or swallows what they carry. A thread of its own; one test.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace laneway {

class TcpRelay {
 public:
  // To that port of 127.0.0.1.
  explicit TcpRelay(uint16_t server_port);
  ~TcpRelay();

  std::string portal() const { return "127.0.0.1:" + std::to_string(port_); }
  // While false, connections there are break with a reset and new ones are refused service.
  void set_open(bool is_open) { is_open_ = is_open; }
  // While true, nothing is carried.
  void set_silent(bool is_silent) { is_silent_ = is_silent; }

 private:
  using Pair = std::pair<UniqueFd, UniqueFd>;
  void run();
  void take_connection();
  static void reset(Pair& pair);
  static bool carry(int from, int to);

  UniqueFd listener_;
  uint16_t port_ = 0;
  const uint16_t server_port_;
  std::vector<Pair> pairs_;  // the relay's thread only
  std::atomic<bool> is_open_{true};
  std::atomic<bool> is_silent_{false};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace laneway
