#include "loadgen/queue_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/clock.h"

namespace laneway {

namespace {

constexpr uint64_t kSectorBytes = 512;
constexpr uint32_t kSubmitsPerTurnMax = 256;

uint64_t now() { return MonotonicClock().now_ns(); }

// Failures cannot happen: the descriptor is ours and its count does not overflow.
void kick_server(int descriptor) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof(one));
}

}  // namespace

QueueRunner::QueueRunner(Options options)
    : name_(std::move(options.name)),
      sectors_per_block_(options.workload.block_bytes / kSectorBytes),
      block_bytes_(options.workload.block_bytes),
      is_write_only_(options.workload.read_percent == 0),
      kick_(options.kick),
      call_(options.call),
      ring_(std::move(options.ring)),
      workload_(options.workload),
      pacer_(options.pacer),
      requests_(ring_.plan().slots) {
  for (uint16_t slot = ring_.plan().slots; slot > 0; --slot) free_.push_back(static_cast<uint16_t>(slot - 1));
}

int QueueRunner::turn(bool may_submit) {
  const bool has_finished = ring_.has_used();
  const bool has_room = may_submit && !free_.empty();
  if (!has_finished && !has_room) return 0;
  // One look at the clock a turn: what finished is timed up to now, what is submitted from now.
  const uint64_t now_ns = now();
  uint32_t moved = 0;
  if (has_finished) {
    const uint32_t before = ring_.in_flight();
    if (!ring_.reap([&](uint16_t slot, uint8_t status) { finish(slot, status, now_ns); })) return -1;
    moved = before - ring_.in_flight();
    progress_.store(progress_.load(std::memory_order_relaxed) + moved, std::memory_order_relaxed);
  }
  const uint32_t submitted = may_submit ? submit_due(now_ns) : 0;
  if (submitted > 0 && ring_.publish()) {
    kick_server(kick_);
    if (is_measuring_) ++tally_.kicks;
  }
  is_waiting_.store(ring_.in_flight() > 0, std::memory_order_relaxed);
  return static_cast<int>(moved + submitted);
}

uint32_t QueueRunner::submit_due(uint64_t now_ns) {
  uint32_t submitted = 0;
  if (!pacer_.is_paced() || is_reading_back_) {
    while (!free_.empty() && submitted < kSubmitsPerTurnMax && submit_one(now_ns)) ++submitted;
    return submitted;
  }
  while (!free_.empty() && submitted < kSubmitsPerTurnMax && pacer_.due_ns() <= now_ns) {
    if (!submit_one(pacer_.due_ns())) break;
    pacer_.take();
    ++submitted;
  }
  return submitted;
}

bool QueueRunner::submit_one(uint64_t begin_ns) {
  const auto picked = workload_.pick();
  if (!picked) return false;
  const uint16_t slot = free_.back();
  free_.pop_back();
  requests_[slot] = {begin_ns, picked->block, picked->is_write};
  if (BlockLedger* ledger = workload_.ledger(); ledger != nullptr) {
    if (picked->is_write) {
      ledger->begin_write(picked->block, ring_.data(slot));
    } else {
      ledger->begin_read(picked->block, ring_.data(slot));
    }
  }
  ring_.submit(slot, picked->is_write, picked->block * sectors_per_block_);
  return true;
}

void QueueRunner::finish(uint16_t slot, uint8_t status, uint64_t now_ns) {
  const InFlight& request = requests_[slot];
  free_.push_back(slot);
  const bool is_ok = status == DriverRing::kStatusOk;
  if (workload_.ledger() != nullptr) check(slot, request, is_ok);
  if (!is_ok) return count_error(request, status);
  if (!is_measuring_) return;
  (request.is_write ? tally_.writes : tally_.reads) += 1;
  (request.is_write ? tally_.write_latency : tally_.read_latency).record(now_ns - request.begin_ns);
}

void QueueRunner::check(uint16_t slot, const InFlight& request, bool is_ok) {
  BlockLedger& ledger = *workload_.ledger();
  if (request.is_write) return ledger.finish_write(request.block, is_ok);
  if (!is_ok) return ledger.finish_failed_read(request.block);
  std::string problem = ledger.finish_read(request.block, ring_.data(slot));
  if (problem.empty()) {
    ++tally_.verified;
    return;
  }
  ++tally_.corruptions;
  if (tally_.first_problem.empty()) tally_.first_problem = name_ + ": " + std::move(problem);
}

void QueueRunner::count_error(const InFlight& request, uint8_t status) {
  ++tally_.errors;
  if (!tally_.first_problem.empty()) return;
  const char* meaning = status == 1                              ? "I/O error"
                        : status == 2                            ? "not supported"
                        : status == DriverRing::kStatusUnwritten ? "no status was written"
                                                                 : "unknown status";
  tally_.first_problem =
      fmt::format("{}: {} of {} bytes at {} failed: {} (status {})", name_, request.is_write ? "write" : "read",
                  block_bytes_, request.block * block_bytes_, meaning, status);
}

void QueueRunner::begin_measuring(uint64_t now_ns) {
  is_measuring_ = true;
  tally_.begin_ns = now_ns;
}

void QueueRunner::end_measuring(uint64_t now_ns) {
  if (!is_measuring_) return;
  is_measuring_ = false;
  tally_.end_ns = now_ns;
  while (pacer_.is_paced() && pacer_.due_ns() <= now_ns) {
    // What was due and never asked for has waited at least this long.
    (is_write_only_ ? tally_.write_latency : tally_.read_latency).record(now_ns - pacer_.due_ns());
    ++tally_.late;
    pacer_.take();
  }
}

void QueueRunner::begin_reading_back() {
  is_reading_back_ = true;
  workload_.begin_reading_back();
}

}  // namespace laneway
