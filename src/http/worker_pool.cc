#include "http/worker_pool.h"

namespace laneway {

WorkerPool::WorkerPool(uint32_t threads, uint32_t waiting_max) : waiting_max_(waiting_max) {
  for (uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run_jobs(); });
}

WorkerPool::~WorkerPool() {
  stop();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::submit(PoolJob& job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(&job);
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::deque<PoolJob*> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    dropped.swap(waiting_);
  }
  changed_.notify_all();
  for (PoolJob* const job : dropped) job->drop();
}

void WorkerPool::run_jobs() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    PoolJob* const job = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    job->run();
    lock.lock();
  }
}

}  // namespace laneway
