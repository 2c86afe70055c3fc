#pragma once
// WorkerPool runs jobs that may block on threads of its own, at most so many waiting. Owned by the HTTP server, one for
// each subject (BlockingPool), so that a subject that hangs delays nothing else. submit() from any thread.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace laneway {

// Exactly one of the two is called, once, on any thread; the job may be gone when it returns.
class PoolJob {
 public:
  virtual void run() = 0;
  virtual void drop() = 0;  // the pool stops before its turn came

 protected:
  ~PoolJob() = default;
};

class WorkerPool {
 public:
  WorkerPool(uint32_t threads, uint32_t waiting_max);
  // Drops what waits and joins the threads, each after the job that it is in.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False where too many wait, or the pool stops.
  bool submit(PoolJob& job);
  // Drops what waits; nothing more is taken.
  void stop();

 private:
  void run_jobs();

  const uint32_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PoolJob*> waiting_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;  // fixed after construction
};

}  // namespace laneway
