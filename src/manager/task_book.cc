#include "manager/task_book.h"

#include <algorithm>
#include <charconv>

#include "manager/hex.h"

namespace laneway {

namespace {

constexpr std::string_view kStates[] = {"queued", "running", "done", "failed", "cancelled"};

bool has_ended(TaskState state) { return state >= TaskState::done; }

uint64_t progress_of(TaskState state) {
  if (state == TaskState::queued) return 0;
  return state == TaskState::running ? 50 : 100;
}

bool is_chosen(const Json& task, const ListQuery& query) {
  return std::all_of(query.filters.begin(), query.filters.end(), [&](const ListQuery::Filter& filter) {
    return plain_text(field_at(task, filter.field)) == filter.value;
  });
}

}  // namespace

TaskBook::TaskBook(NewsFeed& news, WallClock& clock) : news_(news), clock_(clock), epoch_(random_hex(4)) {}

Json TaskBook::document(const Task& task) const {
  Json document = {{"id", task.id},
                   {"verb", task.goal.verb},
                   {"subject", {{"kind", facts_of(task.goal.kind).name}, {"name", task.goal.name}}},
                   {"state", kStates[static_cast<size_t>(task.state)]},
                   {"progress", has_ended(task.state) || !task.goal.is_work ? progress_of(task.state) : task.percent},
                   {"reason", task.reason},
                   {"by", task.goal.by},
                   {"created_at", task.created_at},
                   {"log", task.log}};
  if (!task.finished_at.empty()) document["finished_at"] = task.finished_at;
  return document;
}

void TaskBook::say(Task& task, std::string_view text) {
  if (!task.log.empty() && text_at(task.log.back(), "text") == text) return;
  task.log.push_back({{"time", utc_text(clock_.now_ms())}, {"text", text}});
  if (task.log.size() > kLogMax) task.log.erase(task.log.begin());
}

void TaskBook::end(Task& task, TaskState state, std::string_view reason) {
  task.state = state;
  task.reason = std::string(reason);
  task.finished_at = utc_text(clock_.now_ms());
  news_.publish("task", to_line(document(task)));
}

TaskBook::Task* TaskBook::unfinished(Kind kind, std::string_view name) {
  for (auto task = tasks_.rbegin(); task != tasks_.rend(); ++task) {
    Task& each = **task;
    const bool is_of_it = each.goal.kind == kind && each.goal.name == name && !each.goal.is_work;
    if (is_of_it && !has_ended(each.state)) return &each;
  }
  return nullptr;
}

std::string TaskBook::open(TaskGoal goal) {
  const std::lock_guard lock(mutex_);
  if (Task* earlier = unfinished(goal.kind, goal.name)) {
    end(*earlier, TaskState::cancelled, "A later change took its place.");
  }
  return add(std::move(goal));
}

std::string TaskBook::add(TaskGoal goal) {
  auto task = std::make_unique<Task>();
  task->number = ++last_number_;
  task->id = fmt::format("{}-{}", epoch_, task->number);
  task->goal = std::move(goal);
  task->created_at = utc_text(clock_.now_ms());
  const std::string id = task->id;
  news_.publish("task", to_line(document(*task)));
  tasks_.push_back(std::move(task));
  if (tasks_.size() > kKeptMax) tasks_.pop_front();
  return id;
}

std::optional<TaskView> TaskBook::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& task : tasks_) {
    if (task->id == id) return TaskView{task->goal, task->state, task->reason, document(*task)};
  }
  return std::nullopt;
}

CatalogPage TaskBook::list(const ListQuery& query) const {
  uint64_t before = UINT64_MAX;
  (void)std::from_chars(query.after.data(), query.after.data() + query.after.size(), before);
  CatalogPage page;
  const std::lock_guard lock(mutex_);
  uint64_t last = 0;
  for (auto task = tasks_.rbegin(); task != tasks_.rend(); ++task) {
    const Json shown = document(**task);
    if ((*task)->number >= before || !is_chosen(shown, query)) continue;
    if (page.documents.size() == query.limit) {
      page.next = std::to_string(last);
      return page;
    }
    page.documents.push_back(to_line(shown));
    last = (*task)->number;
  }
  return page;
}

void TaskBook::note(Kind kind, std::string_view name, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Task* task = unfinished(kind, name);
  if (task == nullptr) return;
  task->state = TaskState::running;
  say(*task, text);
  news_.publish("task", to_line(document(*task)));
}

void TaskBook::settle(Kind kind, std::string_view name, uint64_t generation, std::string_view error) {
  const std::lock_guard lock(mutex_);
  Task* task = unfinished(kind, name);
  if (task == nullptr || task->goal.generation > generation) return;
  if (!error.empty()) {
    say(*task, error);
    return end(*task, TaskState::failed, error);
  }
  if (task->goal.verb != "delete") end(*task, TaskState::done, "");
}

void TaskBook::settle_gone(Kind kind, std::string_view name) {
  const std::lock_guard lock(mutex_);
  Task* task = unfinished(kind, name);
  if (task != nullptr) end(*task, task->goal.verb == "delete" ? TaskState::done : TaskState::cancelled, "");
}

bool TaskBook::cancel(std::string_view id, std::string_view by) {
  const std::lock_guard lock(mutex_);
  for (const auto& task : tasks_) {
    if (task->id != id) continue;
    if (has_ended(task->state)) return false;
    end(*task, TaskState::cancelled, fmt::format("{} took the change back.", by));
    return true;
  }
  return false;
}

// Work

std::string TaskBook::open_work(TaskGoal goal) {
  goal.is_work = true;
  const std::lock_guard lock(mutex_);
  return add(std::move(goal));
}

TaskBook::Task* TaskBook::unfinished_work(std::string_view id) const {
  for (const auto& task : tasks_) {
    if (task->id == id) return task->goal.is_work && !has_ended(task->state) ? task.get() : nullptr;
  }
  return nullptr;
}

void TaskBook::note_work(std::string_view id, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Task* const task = unfinished_work(id);
  if (task == nullptr) return;
  task->state = TaskState::running;
  say(*task, text);
  news_.publish("task", to_line(document(*task)));
}

void TaskBook::set_progress(std::string_view id, uint64_t percent) {
  const std::lock_guard lock(mutex_);
  Task* const task = unfinished_work(id);
  if (task == nullptr || task->percent == percent) return;
  task->percent = std::min<uint64_t>(percent, 99);
  news_.publish("task", to_line(document(*task)));
}

void TaskBook::end_work(std::string_view id, std::string_view error) {
  const std::lock_guard lock(mutex_);
  Task* const task = unfinished_work(id);
  if (task == nullptr) return;
  if (error.empty()) return end(*task, TaskState::done, "");
  if (!task->cancelled_by.empty()) {
    return end(*task, TaskState::cancelled, fmt::format("{} took it back. {}", task->cancelled_by, error));
  }
  say(*task, error);
  end(*task, TaskState::failed, error);
}

bool TaskBook::ask_to_cancel(std::string_view id, std::string_view by) {
  const std::lock_guard lock(mutex_);
  Task* const task = unfinished_work(id);
  if (task == nullptr) return false;
  task->cancelled_by = std::string(by);
  say(*task, fmt::format("{} takes it back.", by));
  news_.publish("task", to_line(document(*task)));
  return true;
}

bool TaskBook::is_cancel_asked(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Task* const task = unfinished_work(id);
  return task != nullptr && !task->cancelled_by.empty();
}

}  // namespace laneway
