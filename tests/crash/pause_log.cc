#include "crash/pause_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/units.h"

namespace laneway::crash {

namespace {

constexpr size_t kProgressColumns = 40;
constexpr uint64_t kProgressPeriod = 100 * kMillisecond;

uint64_t nanoseconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

void write_all(int fd, const std::string& text) {
  // A log that cannot be written shows itself: whoever reads it finds no progress.
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

}  // namespace

Result<PauseLog> PauseLog::open(const std::string& path, uint64_t shortest_ns) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail(ErrorCode::io, "{}: {}", path, errno_text(errno));
  PauseLog log(std::move(file), shortest_ns);
  write_all(log.file_.get(), fmt::format("{:<{}}\n", "completed 0", kProgressColumns - 1));
  return log;
}

uint64_t PauseLog::now_ns() { return nanoseconds(CLOCK_MONOTONIC); }

void PauseLog::note(uint64_t now_ns, uint64_t longest_ns, uint64_t completed) {
  const uint64_t gap = now_ns - last_ns_;
  last_ns_ = now_ns;
  if (gap >= shortest_ns_) {
    write_all(file_.get(), fmt::format("pause {} {} {}\n", nanoseconds(CLOCK_REALTIME), gap, longest_ns));
  }
  if (now_ns - progress_ns_ < kProgressPeriod) return;
  progress_ns_ = now_ns;
  show_progress(completed);
}

void PauseLog::show_progress(uint64_t completed) {
  const std::string line = fmt::format("{:<{}}\n", fmt::format("completed {}", completed), kProgressColumns - 1);
  [[maybe_unused]] const ssize_t written = ::pwrite(file_.get(), line.data(), line.size(), 0);
}

}  // namespace laneway::crash
