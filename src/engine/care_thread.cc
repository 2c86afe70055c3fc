#include "engine/care_thread.h"

#include <chrono>

namespace laneway {

CareThread::CareThread(TargetTable& targets, FunctionTable& functions, uint64_t period_ns)
    : targets_(targets), functions_(functions), period_ns_(period_ns), thread_([this] { run(); }) {}

CareThread::~CareThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CareThread::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::nanoseconds(period_ns_), [this] { return is_stopping_; })) {
    lock.unlock();
    targets_.look_after();
    functions_.look_after();
    lock.lock();
  }
}

}  // namespace laneway
