#pragma once
// DiskLoad keeps a guest's disk busy with stamped blocks at a fixed depth, checks every read against what was written,
// flushes now and then, and notes how long nothing was completed. Whole content is read back at the end. One thread.

#include <liburing.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/units.h"
#include "crash/pause_log.h"
#include "loadgen/workload.h"

namespace laneway::crash {

class DiskLoad {
 public:
  struct Options {
    std::string disk;
    std::string log;  // pauses and a line of progress go there
    uint64_t seed = 1;
    uint32_t depth = 64;
    uint32_t read_percent = 50;
    uint32_t flush_every = 500;  // requests; 0: never
    uint64_t block_bytes = 4 * kKiB;
    uint64_t offset_bytes = 0;
    uint64_t span_bytes = 4 * kMiB;
    uint64_t pause_ns = 10 * kMillisecond;     // shorter pauses are not noted
    uint64_t answer_limit_ns = 300 * kSecond;  // a request older than that is lost
  };
  struct Totals {
    uint64_t reads = 0;
    uint64_t writes = 0;
    uint64_t flushes = 0;
    uint64_t read_back = 0;
  };

  static Result<std::unique_ptr<DiskLoad>> open(const Options& options);
  ~DiskLoad();

  // Until `stop` becomes non-zero; then everything that was written is read back. The error says what was wrong first.
  Result<Totals> run(const volatile std::sig_atomic_t& stop);

 private:
  struct Request {
    enum class Kind : uint8_t { none, read, write, flush };
    Kind kind = Kind::none;
    uint64_t block = 0;
    uint64_t begin_ns = 0;
    ByteSpan data;
  };

  DiskLoad(const Options& options, UniqueFd disk, PauseLog log);
  Result<void> keep_going(const volatile std::sig_atomic_t& stop);
  Result<void> fill();
  Result<void> reap();
  Result<void> finish(Request& request, int outcome);
  Result<void> check_ages(uint64_t now_ns);
  void begin(Request& request, const Workload::Pick& pick);
  void begin_flush(Request& request);
  Request* idle_request();
  io_uring_sqe* entry_for(const Request& request);

  const Options options_;
  UniqueFd disk_;
  PauseLog log_;
  Workload workload_;
  io_uring ring_{};
  std::vector<uint8_t> memory_;
  std::vector<Request> requests_;
  uint32_t under_way_ = 0;
  uint64_t since_flush_ = 0;
  uint64_t ages_checked_ns_ = 0;
  bool is_reading_back_ = false;
  Totals totals_;
};

}  // namespace laneway::crash
