#pragma once
// The bare shape of batched block I/O over one TCP connection of this machine: requests of 48 bytes gathered into one
// send, answers taken with one large receive and their payload copied to its place. No rings, no protocol state: what
// an initiator cannot beat. Two threads, each on a CPU of its own.

#include <cstdint>

#include "base/result.h"

namespace laneway::probe {

struct TcpOptions {
  int initiator_cpu = 0;
  int target_cpu = 1;
  uint32_t depth = 32;
  uint32_t payload_bytes = 4096;
  bool is_write = false;    // payload goes with the request instead of the answer
  bool is_polling = false;  // nobody sleeps in a receive
  uint64_t run_ns = 0;
};

struct TcpFigures {
  double iops = 0;
  uint64_t p50_ns = 0;  // of turns, from a send to its first answer
  double initiator_cpu_seconds_per_million = 0;
  double target_cpu_seconds_per_million = 0;
};

Result<TcpFigures> measure_tcp(const TcpOptions& options);

}  // namespace laneway::probe
