#pragma once
// TaskBook knows what is under way: a task carries one change of one resource to the engine and ends when the engine is
// there, when it refuses, or when somebody takes the change back. Kept in memory, the last 1,000: after a restart of
// lanewayd the work goes on, without tasks. Owned by the daemon. Any thread.

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "manager/catalog.h"
#include "manager/wall_clock.h"

namespace laneway {

enum class TaskState : uint8_t { queued, running, done, failed, cancelled };

struct TaskGoal {
  std::string verb;  // "create", "change", "delete"; of work also others
  Kind kind = Kind::function;
  std::string name;
  std::string uid;
  uint64_t generation = 0;
  std::optional<Resource> before;  // what cancelling brings back; none: nothing was there
  std::string by;
  bool is_work = false;  // done by lanewayd itself, step by step; not a generation that the engine is brought to
};

struct TaskView {
  TaskGoal goal;
  TaskState state = TaskState::queued;
  std::string reason;
  Json document;
  bool has_ended() const { return state >= TaskState::done; }
};

class TaskBook {
 public:
  static constexpr size_t kKeptMax = 1'000;
  static constexpr size_t kLogMax = 100;

  TaskBook(NewsFeed& news, WallClock& clock);

  // A later change of the same resource takes over what an earlier one was to do. The task's id.
  std::string open(TaskGoal goal);
  std::optional<TaskView> find(std::string_view id) const;
  CatalogPage list(const ListQuery& query) const;  // newest first

  // Of the unfinished task of that resource, where there is one.
  void note(Kind kind, std::string_view name, std::string_view text);
  void settle(Kind kind, std::string_view name, uint64_t generation, std::string_view error);
  // The resource is gone: deleting it is done.
  void settle_gone(Kind kind, std::string_view name);
  // False where it has ended.
  bool cancel(std::string_view id, std::string_view by);

  // Of work, by its task's id. Several may be open for one resource, and none takes another's place.
  std::string open_work(TaskGoal goal);
  void note_work(std::string_view id, std::string_view text);
  void set_progress(std::string_view id, uint64_t percent);
  // Done where there is no error; cancelled where that was asked for and it failed.
  void end_work(std::string_view id, std::string_view error);
  // The work ends at its next step, where it can. False where it has ended.
  bool ask_to_cancel(std::string_view id, std::string_view by);
  bool is_cancel_asked(std::string_view id) const;

 private:
  struct Task {
    uint64_t number = 0;
    std::string id;
    TaskGoal goal;
    TaskState state = TaskState::queued;
    std::string reason;
    std::string created_at;
    std::string finished_at;
    Json log = Json::array();
    uint64_t percent = 0;      // of work
    std::string cancelled_by;  // asked for, and not come to it yet
  };
  // With mutex_ held.
  Json document(const Task& task) const;
  void end(Task& task, TaskState state, std::string_view reason);
  void say(Task& task, std::string_view text);
  Task* unfinished(Kind kind, std::string_view name);
  Task* unfinished_work(std::string_view id) const;
  std::string add(TaskGoal goal);

  // Fixed after construction
  NewsFeed& news_;
  WallClock& clock_;
  const std::string epoch_;
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Task>> tasks_;
  uint64_t last_number_ = 0;
};

}  // namespace laneway
