#pragma once
// FunctionStats counts what one lane of a function did, ControlStats what befell the whole function. Each has one
// writer, the lane or the function's home reactor; any thread may read, which is consistent enough for people: counters
// of one snapshot may be a few requests apart.

#include <atomic>
#include <cstdint>

#include "base/histogram.h"
#include "base/status.h"
#include "frontend/flight_recorder.h"
#include "frontend/io_stages.h"

namespace laneway {

// A number that one thread raises and any thread reads.
class StatCounter {
 public:
  void add(uint64_t amount) {
    // Relaxed, and no locked instruction: a single writer, and readers want only a recent value.
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct FunctionStatsSnapshot {
  uint64_t reads = 0;
  uint64_t read_bytes = 0;
  uint64_t writes = 0;
  uint64_t write_bytes = 0;
  uint64_t flushes = 0;
  uint64_t discards = 0;
  uint64_t discard_bytes = 0;
  uint64_t write_zeroes = 0;
  uint64_t write_zeroes_bytes = 0;
  uint64_t other_requests = 0;  // GET_ID and types that we do not know
  uint64_t errors = 0;          // requests that ended with anything but OK
  uint64_t timeouts = 0;        // of these: the deadline passed
  uint64_t refused = 0;         // of these: out of range, unaligned, malformed or to a read-only function
  uint64_t in_flight = 0;
  uint64_t kicks = 0;            // notifications from the guest
  uint64_t calls = 0;            // interrupts to the guest
  uint64_t cpu_ns = 0;           // of the reactor's thread, spent for this function
  uint64_t pool_waits = 0;       // turns in which a ring waited for a free request slot
  uint64_t ring_errors = 0;      // times the device was stopped because its guest broke the rules of a ring
  uint64_t protocol_errors = 0;  // connections ended because of a message that makes no sense
  uint64_t connections = 0;      // front-ends that connected since the function was opened
  uint64_t refused_connections = 0;
  LatencySummary read_latency;
  LatencySummary write_latency;  // writes, discards and write-zeroes
  LatencySummary flush_latency;
  // Of the requests that were sampled, by IoStage.
  std::array<StageSummary, kIoStages> stages;
  uint64_t slow_requests = 0;
  uint64_t slow_ns = 0;  // what counts as slow now
};

// What is known of single requests: of a sample, and of those that were slow.
class TraceStats {
 public:
  StageHistograms stages;
  StatCounter samples, slow_requests;
  FlightRecorder recorder;

  // Any thread: what takes longer is slow.
  void set_slow_ns(uint64_t slow_ns) { slow_ns_.store(slow_ns, std::memory_order_relaxed); }
  uint64_t slow_ns() const { return slow_ns_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> slow_ns_{10 * kMillisecond};
};

struct FunctionStats {
  StatCounter reads, read_bytes, writes, write_bytes, flushes, discards, discard_bytes, write_zeroes,
      write_zeroes_bytes;
  StatCounter other_requests, errors, timeouts, refused, in_flight, kicks, calls, cpu_ns, pool_waits;
  Histogram read_latency, write_latency, flush_latency;
  TraceStats trace;

  FunctionStatsSnapshot snapshot() const;
};

struct ControlStats {
  StatCounter ring_errors, protocol_errors, connections, refused_connections;
};

}  // namespace laneway
