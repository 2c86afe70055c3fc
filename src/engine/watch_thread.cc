#include "engine/watch_thread.h"

#include <chrono>

#include "base/clock.h"

namespace laneway {

WatchThread::WatchThread(FunctionTable& functions, EventLog& events, const WatchLimits& limits)
    : functions_(functions), events_(events), limits_(limits), thread_([this] { run(); }) {}

WatchThread::~WatchThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WatchThread::run() {
  MonotonicClock clock;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::seconds(1), [this] { return is_stopping_; })) {
    lock.unlock();
    functions_.watch(watches_, limits_, clock.now_ns(), events_);
    lock.lock();
  }
}

}  // namespace laneway
