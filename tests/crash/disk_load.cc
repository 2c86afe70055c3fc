#include "crash/disk_load.h"

#include <fcntl.h>

#include <cerrno>

namespace laneway::crash {

namespace {

constexpr size_t kAlignment = 4096;
constexpr unsigned kReapMax = 64;  // completions a turn

ByteSpan aligned(std::vector<uint8_t>& memory, size_t bytes) {
  void* start = memory.data();
  size_t room = memory.size();
  LW_ASSERT(std::align(kAlignment, bytes, start, room) != nullptr);
  return {static_cast<uint8_t*>(start), bytes};
}

Workload::Options workload_of(const DiskLoad::Options& options) {
  return {options.block_bytes,
          options.offset_bytes / options.block_bytes,
          options.span_bytes / options.block_bytes,
          options.read_percent,
          false,
          options.seed,
          options.seed + 1};
}

const char* name_of(bool is_write, bool is_flush) { return is_flush ? "flush" : is_write ? "write" : "read"; }

}  // namespace

Result<std::unique_ptr<DiskLoad>> DiskLoad::open(const Options& options) {
  UniqueFd disk(::open(options.disk.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC));
  if (!disk) return fail(ErrorCode::io, "{}: {}", options.disk, errno_text(errno));
  auto log = PauseLog::open(options.log, options.pause_ns);
  if (!log) return pass_on(log);
  auto load = std::unique_ptr<DiskLoad>(new DiskLoad(options, std::move(disk), std::move(*log)));
  if (const int code = io_uring_queue_init(options.depth * 2, &load->ring_, 0); code < 0) {
    return fail(ErrorCode::io, "io_uring: {}", errno_text(-code));
  }
  return load;
}

DiskLoad::DiskLoad(const Options& options, UniqueFd disk, PauseLog log)
    : options_(options),
      disk_(std::move(disk)),
      log_(std::move(log)),
      workload_(workload_of(options)),
      memory_(options.depth * options.block_bytes + kAlignment),
      requests_(options.depth) {
  ByteSpan rest = aligned(memory_, options.depth * options.block_bytes);
  for (Request& request : requests_) {
    request.data = rest.first(options.block_bytes);
    rest = rest.subspan(options.block_bytes);
  }
}

DiskLoad::~DiskLoad() {
  if (ring_.ring_fd > 0) io_uring_queue_exit(&ring_);
}

Result<DiskLoad::Totals> DiskLoad::run(const volatile std::sig_atomic_t& stop) {
  log_.start(PauseLog::now_ns());
  if (auto done = keep_going(stop); !done) return pass_on(done);
  is_reading_back_ = true;
  workload_.begin_reading_back();
  if (auto done = keep_going(stop); !done) return pass_on(done);
  return totals_;
}

// One phase: load until `stop`, or reading back to its end.
Result<void> DiskLoad::keep_going(const volatile std::sig_atomic_t& stop) {
  while (true) {
    const bool is_over = is_reading_back_ ? workload_.has_read_all_back() : stop != 0;
    if (!is_over) {
      if (auto filled = fill(); !filled) return filled;
    }
    if (under_way_ == 0) return {};
    if (auto reaped = reap(); !reaped) return reaped;
  }
}

Result<void> DiskLoad::fill() {
  while (Request* request = idle_request()) {
    if (!is_reading_back_ && options_.flush_every != 0 && since_flush_ >= options_.flush_every) {
      begin_flush(*request);
      continue;
    }
    const auto pick = workload_.pick();
    if (!pick) break;
    begin(*request, *pick);
  }
  const int code = io_uring_submit(&ring_);
  if (code < 0 && code != -EINTR) return fail(ErrorCode::io, "io_uring_submit: {}", errno_text(-code));
  return {};
}

DiskLoad::Request* DiskLoad::idle_request() {
  if (under_way_ == requests_.size()) return nullptr;
  for (Request& request : requests_) {
    if (request.kind == Request::Kind::none) return &request;
  }
  return nullptr;
}

void DiskLoad::begin(Request& request, const Workload::Pick& pick) {
  request.kind = pick.is_write ? Request::Kind::write : Request::Kind::read;
  request.block = pick.block;
  io_uring_sqe* entry = entry_for(request);
  const uint64_t offset = pick.block * options_.block_bytes;
  const auto length = static_cast<unsigned>(options_.block_bytes);
  if (pick.is_write) {
    workload_.ledger()->begin_write(pick.block, request.data);
    io_uring_prep_write(entry, disk_.get(), request.data.data(), length, offset);
  } else {
    workload_.ledger()->begin_read(pick.block, request.data);
    io_uring_prep_read(entry, disk_.get(), request.data.data(), length, offset);
  }
  io_uring_sqe_set_data(entry, &request);
  request.begin_ns = PauseLog::now_ns();
  ++under_way_;
  ++since_flush_;
}

void DiskLoad::begin_flush(Request& request) {
  request.kind = Request::Kind::flush;
  io_uring_sqe* entry = entry_for(request);
  io_uring_prep_fsync(entry, disk_.get(), IORING_FSYNC_DATASYNC);
  io_uring_sqe_set_data(entry, &request);
  request.begin_ns = PauseLog::now_ns();
  ++under_way_;
  since_flush_ = 0;
}

io_uring_sqe* DiskLoad::entry_for(const Request&) {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  LW_ASSERT(entry != nullptr);  // the ring has twice as many as there are requests
  return entry;
}

Result<void> DiskLoad::reap() {
  io_uring_cqe* first = nullptr;
  __kernel_timespec second{1, 0};
  const int code = io_uring_wait_cqe_timeout(&ring_, &first, &second);
  const uint64_t now = PauseLog::now_ns();
  if (code < 0 && code != -ETIME && code != -EINTR) {
    return fail(ErrorCode::io, "io_uring_wait: {}", errno_text(-code));
  }
  if (auto checked = check_ages(now); !checked || code < 0) return checked;

  io_uring_cqe* completions[kReapMax];
  const unsigned count = io_uring_peek_batch_cqe(&ring_, completions, kReapMax);
  uint64_t longest = 0;
  for (unsigned i = 0; i < count; ++i) {
    auto* request = static_cast<Request*>(io_uring_cqe_get_data(completions[i]));
    longest = std::max(longest, now - request->begin_ns);
    if (auto finished = finish(*request, completions[i]->res); !finished) return finished;
  }
  io_uring_cq_advance(&ring_, count);
  log_.note(now, longest, totals_.reads + totals_.writes + totals_.flushes + totals_.read_back);
  return {};
}

Result<void> DiskLoad::finish(Request& request, int outcome) {
  const bool is_write = request.kind == Request::Kind::write;
  const bool is_flush = request.kind == Request::Kind::flush;
  const int wanted = is_flush ? 0 : static_cast<int>(options_.block_bytes);
  const uint64_t offset = request.block * options_.block_bytes;
  request.kind = Request::Kind::none;
  --under_way_;
  if (outcome != wanted) {
    return fail(ErrorCode::io, "{} at {}: {}", name_of(is_write, is_flush), offset,
                outcome < 0 ? errno_text(-outcome) : fmt::format("only {} bytes", outcome));
  }
  if (is_flush) {
    ++totals_.flushes;
    return {};
  }
  if (is_write) {
    workload_.ledger()->finish_write(request.block, true);
    ++totals_.writes;
    return {};
  }
  const std::string wrong = workload_.ledger()->finish_read(request.block, request.data);
  if (!wrong.empty()) return fail(ErrorCode::io, "{}", wrong);
  ++(is_reading_back_ ? totals_.read_back : totals_.reads);
  return {};
}

// Once a second, also while others are answered: a lost request holds up no other.
Result<void> DiskLoad::check_ages(uint64_t now_ns) {
  if (now_ns - ages_checked_ns_ < kSecond) return {};
  ages_checked_ns_ = now_ns;
  for (const Request& request : requests_) {
    if (request.kind == Request::Kind::none || now_ns - request.begin_ns < options_.answer_limit_ns) continue;
    return fail(ErrorCode::timed_out, "{} at {} has no answer after {} s: it is lost",
                name_of(request.kind == Request::Kind::write, request.kind == Request::Kind::flush),
                request.block * options_.block_bytes, (now_ns - request.begin_ns) / kSecond);
  }
  return {};
}

}  // namespace laneway::crash
