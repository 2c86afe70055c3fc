#include "loadgen/load_worker.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/clock.h"
#include "loadgen/cpu_pin.h"

namespace laneway {

namespace {

uint64_t now() { return MonotonicClock().now_ns(); }

uint64_t thread_cpu_ns() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<uint64_t>(spent.tv_sec) * kSecond + static_cast<uint64_t>(spent.tv_nsec);
}

// Takes the count of an event descriptor; false where it has none and a server made the descriptor non-blocking.
bool take_call(int descriptor) {
  uint64_t count = 0;
  return ::read(descriptor, &count, sizeof(count)) == sizeof(count) || errno != EAGAIN;
}

}  // namespace

LoadWorker::~LoadWorker() {
  if (thread_.joinable()) thread_.join();
}

void LoadWorker::start() {
  thread_ = std::thread([this] { run(); });
}

void LoadWorker::wake() {
  const uint64_t one = 1;
  for (const QueueRunner* runner : runners_) {
    [[maybe_unused]] const ssize_t written = ::write(runner->call(), &one, sizeof(one));
  }
}

void LoadWorker::run() {
  if (options_.cpu >= 0 && !pin_to(options_.cpu)) {
    control_.fail_with({ErrorCode::invalid_argument, fmt::format("cannot run on CPU {}", options_.cpu)});
  }
  ::prctl(PR_SET_TIMERSLACK, 1);
  const uint64_t begin_ns = now();
  for (QueueRunner* runner : runners_) runner->start(begin_ns);
  while (true) {
    const RunPhase phase = control_.phase();
    if (phase != seen_) enter(phase);
    if (phase == RunPhase::abort) break;
    const bool has_worked = turn_all(phase != RunPhase::drain || is_reading_back_);
    if (!has_begun()) has_begun_.store(true, std::memory_order_relaxed);
    if (phase == RunPhase::drain && is_finished()) break;
    if (!has_worked && options_.is_sleeping) sleep_until_called();
  }
  // Release: pairs with has_ended()'s acquire; tallies may be read from here on.
  has_ended_.store(true, std::memory_order_release);
}

void LoadWorker::enter(RunPhase phase) {
  seen_ = phase;
  const uint64_t now_ns = now();
  if (phase == RunPhase::measure) {
    cpu_begin_ns_ = thread_cpu_ns();
    for (QueueRunner* runner : runners_) runner->begin_measuring(now_ns);
  }
  if (phase == RunPhase::drain) {
    cpu_ns_ = thread_cpu_ns() - cpu_begin_ns_;
    for (QueueRunner* runner : runners_) runner->end_measuring(now_ns);
  }
}

bool LoadWorker::turn_all(bool may_submit) {
  bool has_worked = false;
  for (QueueRunner* runner : runners_) {
    const int moved = runner->turn(may_submit);
    has_worked |= moved > 0;
    if (moved >= 0) continue;
    control_.fail_with({ErrorCode::protocol,
                        fmt::format("{}: the disk's server gave back a request that it did not have", runner->name())});
    return false;
  }
  return has_worked;
}

bool LoadWorker::is_finished() {
  const bool is_idle = std::all_of(runners_.begin(), runners_.end(), [](auto* runner) { return runner->is_idle(); });
  if (!is_idle) return false;
  if (is_reading_back_) {
    return std::all_of(runners_.begin(), runners_.end(), [](auto* runner) { return runner->has_read_all_back(); });
  }
  if (!runners_.front()->is_verifying()) return true;
  is_reading_back_ = true;
  for (QueueRunner* runner : runners_) runner->begin_reading_back();
  return false;
}

void LoadWorker::sleep_until_called() {
  uint64_t due_ns = kNever;
  bool may_sleep = true;
  for (QueueRunner* runner : runners_) {
    may_sleep &= runner->ring().arm_call();
    if (seen_ != RunPhase::drain) due_ns = std::min(due_ns, runner->next_due_ns());
  }
  // A phase that changed before the rings were armed has written to a call descriptor, which ends the sleep at once.
  if (may_sleep) {
    ++sleeps_;
    // One ring and no schedule: one system call does for waiting and taking.
    const bool is_alone = runners_.size() == 1 && due_ns == kNever;
    if (!is_alone || !take_call(runners_.front()->call())) wait_for_calls(due_ns);
  }
  for (QueueRunner* runner : runners_) runner->ring().disarm_call();
}

void LoadWorker::wait_for_calls(uint64_t deadline_ns) {
  std::vector<pollfd> entries;
  for (const QueueRunner* runner : runners_) entries.push_back({runner->call(), POLLIN, 0});
  const uint64_t now_ns = now();
  const uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
  const timespec limit{static_cast<time_t>(left_ns / kSecond), static_cast<long>(left_ns % kSecond)};
  if (::ppoll(entries.data(), entries.size(), deadline_ns == kNever ? nullptr : &limit, nullptr) <= 0) return;
  for (const pollfd& entry : entries) {
    if (entry.revents != 0) take_call(entry.fd);
  }
}

}  // namespace laneway
