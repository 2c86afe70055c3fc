#pragma once
// CareThread looks after the functions and targets now and then (their tables' look_after()) on a thread of its own,
// from its construction to its destruction: soon after the start, since a socket or a lock of an engine that died is
// held a moment longer than the engine itself, and less and less often then. Owned by the engine.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "engine/function_table.h"
#include "engine/target_table.h"

namespace laneway {

class CareThread {
 public:
  // The tables outlive the thread.
  CareThread(TargetTable& targets, FunctionTable& functions, uint64_t longest_pause_ns);
  ~CareThread();
  CareThread(const CareThread&) = delete;
  CareThread& operator=(const CareThread&) = delete;

 private:
  void run();

  // Fixed after construction
  TargetTable& targets_;
  FunctionTable& functions_;
  const uint64_t longest_pause_ns_;
  // Any thread, under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;

  std::thread thread_;
};

}  // namespace laneway
