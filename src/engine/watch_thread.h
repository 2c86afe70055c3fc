#pragma once
// WatchThread looks at all functions once a second on a thread of its own, from its construction to its destruction,
// and writes down what changed (FunctionWatch). Idle functions cost a look at a few counters. Owned by the engine.

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "engine/event_log.h"
#include "engine/function_table.h"
#include "engine/function_watch.h"

namespace laneway {

class WatchThread {
 public:
  // Table and log outlive the thread.
  WatchThread(FunctionTable& functions, EventLog& events, const WatchLimits& limits);
  ~WatchThread();
  WatchThread(const WatchThread&) = delete;
  WatchThread& operator=(const WatchThread&) = delete;

 private:
  void run();

  // Fixed after construction
  FunctionTable& functions_;
  EventLog& events_;
  const WatchLimits limits_;
  // The thread's
  FunctionWatches watches_;
  // Any thread, under mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;

  std::thread thread_;
};

}  // namespace laneway
