#pragma once
// EngineReconciler brings the engine to what is wanted: one thread looks at the engine, writes what it sees into the
// catalog and plans; a few others make the calls, so that a target that does not answer holds up nothing else. Nothing
// of it is remembered: killed at any point, the next one goes on from what it sees. Owned by the daemon.

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "manager/engine_event_reader.h"
#include "manager/engine_plan.h"
#include "manager/event_book.h"
#include "manager/ledger.h"
#include "manager/task_book.h"

namespace laneway {

// What the reconciler and its adoption of what is there work with. All of it outlives them.
struct EngineParts {
  EnginePort& engine;
  Catalog& catalog;
  Ledger& ledger;
  TaskBook& tasks;
  EventBook& events;
  const NewsFeed& news;  // by whose numbers it is known that nothing changed
};

class EngineReconciler {
 public:
  static constexpr uint32_t kWorkers = 4;
  static constexpr uint64_t kLookEveryNs = kSecond;
  static constexpr uint64_t kLookDownMaxNs = 5 * kSecond;  // how seldom, while the engine is down

  explicit EngineReconciler(const EngineParts& parts);
  ~EngineReconciler();
  EngineReconciler(const EngineReconciler&) = delete;
  EngineReconciler& operator=(const EngineReconciler&) = delete;

  void start();
  // Something is wanted that was not before. Any thread, never blocks.
  void wake();
  // One look and its plan without threads; steps are done at once. Tests.
  void turn();
  EngineView view() const;

 private:
  // How it went with one resource.
  struct Attempt {
    uint64_t generation = 0;
    uint32_t failures = 0;
    uint32_t repeats = 0;  // steps since the engine was as wished last
    uint64_t not_before_ns = 0;
    std::string error;
    bool is_busy = false;       // a step is under way
    uint64_t seen_at_look = 0;  // its result is in looks from this one on
  };
  using Attempts = std::map<std::string, Attempt, std::less<>>;

  void run();
  void run_worker();
  uint64_t look_and_plan();
  bool is_as_planned(const EngineView& view) const;
  void take_view(EngineView view);
  void tell_of_engine(const EngineView& view);
  void tell_of_strangers(const EngineView& view);
  void admit(const EnginePlan& plan);
  void settle(const EnginePlan& plan);
  void write_statuses();
  void write_status(const Resource& resource, const EngineView& view);
  void bind_volumes(const EngineView& view);
  bool may_begin(const EngineStep& step);
  void do_step(const EngineStep& step);
  Result<Json> make_calls(const EngineStep& step);
  Result<void> add_secrets(const EngineStep& step, Json& params);
  Result<void> forget(const EngineStep& step);
  void finish(const EngineStep& step, const Result<Json>& outcome);
  std::string error_of(const Resource& resource) const;

  // Fixed after construction
  const EngineParts parts_;
  MonotonicClock clock_;
  std::vector<std::thread> threads_;

  // The looking thread only
  bool was_up_ = false;
  bool has_looked_ = false;
  bool is_adopted_ = false;
  uint64_t pause_ns_ = kLookEveryNs;
  std::set<std::string> strangers_;
  EngineEventReader event_reader_;
  uint64_t planned_news_ = UINT64_MAX;  // the last news before the last plan

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;
  bool is_woken_ = false;
  uint64_t looks_ = 0;  // begun
  EngineView view_;
  Attempts attempts_;
  std::map<std::string, std::string, std::less<>> waits_;  // by store key: why it waits, by the last plan
  std::deque<EngineStep> steps_;
};

}  // namespace laneway
