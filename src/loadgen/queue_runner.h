#pragma once
// QueueRunner keeps one queue of one disk under load: reaps, counts and times what has finished and submits what is
// next, a turn at a time. Its worker's thread only, but for progress(), which any thread may read.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "loadgen/driver_ring.h"
#include "loadgen/pacer.h"
#include "loadgen/workload.h"

namespace laneway {

struct QueueTally {
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t errors = 0;  // requests whose status byte was not OK
  uint64_t late = 0;    // fixed load: due, but not yet asked for at the end
  uint64_t kicks = 0;
  uint64_t verified = 0;     // blocks read and found right, whole run
  uint64_t corruptions = 0;  // and found wrong
  uint64_t begin_ns = 0;
  uint64_t end_ns = 0;
  FineHistogram read_latency;
  FineHistogram write_latency;
  std::string first_problem;  // of errors and corruptions
};

class QueueRunner {
 public:
  struct Options {
    DriverRing ring;
    int kick = -1;  // borrowed from the disk client, as is call
    int call = -1;
    Workload::Options workload;
    Pacer pacer;
    std::string name;  // in messages
  };

  explicit QueueRunner(Options options);

  // Worker's thread.
  void start(uint64_t now_ns) { pacer_.start(now_ns); }
  // Reaps and submits; the number of requests moved. Less than 0 where the ring is broken.
  int turn(bool may_submit);
  void begin_measuring(uint64_t now_ns);
  void end_measuring(uint64_t now_ns);
  bool is_verifying() { return workload_.ledger() != nullptr; }
  void begin_reading_back();
  bool has_read_all_back() const { return workload_.has_read_all_back() && is_idle(); }
  bool is_idle() const { return ring_.in_flight() == 0; }
  // When a fixed load has its next request to ask for; kNever where it is not the clock that is waited for.
  uint64_t next_due_ns() const { return pacer_.is_paced() && !free_.empty() ? pacer_.due_ns() : kNever; }

  DriverRing& ring() { return ring_; }
  int call() const { return call_; }
  const std::string& name() const { return name_; }
  const QueueTally& tally() const { return tally_; }
  QueueTally& tally() { return tally_; }

  // Any thread: requests finished so far, and whether some are in flight.
  uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }
  bool is_waiting() const { return is_waiting_.load(std::memory_order_relaxed); }

 private:
  struct InFlight {
    uint64_t begin_ns = 0;
    uint64_t block = 0;
    bool is_write = false;
  };

  uint32_t submit_due(uint64_t now_ns);
  bool submit_one(uint64_t begin_ns);
  void finish(uint16_t slot, uint8_t status, uint64_t now_ns);
  void check(uint16_t slot, const InFlight& request, bool is_ok);
  void count_error(const InFlight& request, uint8_t status);

  // Fixed after construction
  const std::string name_;
  const uint64_t sectors_per_block_;
  const uint64_t block_bytes_;
  const bool is_write_only_;
  const int kick_;
  const int call_;

  // Worker's thread only
  DriverRing ring_;
  Workload workload_;
  Pacer pacer_;
  std::vector<InFlight> requests_;  // by slot
  std::vector<uint16_t> free_;
  bool is_measuring_ = false;
  bool is_reading_back_ = false;
  QueueTally tally_;

  // Any thread (atomic)
  std::atomic<uint64_t> progress_{0};
  std::atomic<bool> is_waiting_{false};
};

}  // namespace laneway
