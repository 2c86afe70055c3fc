#include "engine/care_thread.h"

#include <algorithm>
#include <chrono>

namespace laneway {

namespace {

constexpr uint64_t kFirstPauseNs = 20 * kMillisecond;

}  // namespace

CareThread::CareThread(TargetTable& targets, FunctionTable& functions, uint64_t longest_pause_ns)
    : targets_(targets), functions_(functions), longest_pause_ns_(longest_pause_ns), thread_([this] { run(); }) {}

CareThread::~CareThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CareThread::run() {
  uint64_t pause_ns = kFirstPauseNs;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::nanoseconds(pause_ns), [this] { return is_stopping_; })) {
    pause_ns = std::min(2 * pause_ns, longest_pause_ns_);
    lock.unlock();
    targets_.look_after();
    functions_.look_after();
    lock.lock();
  }
}

}  // namespace laneway
