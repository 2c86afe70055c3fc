#include "manager/machine_jobs.h"

#include <chrono>

namespace laneway {

void JobControl::note(std::string_view text) { jobs_.parts_.tasks.note_work(task_, text); }

void JobControl::set_progress(uint64_t percent) { jobs_.parts_.tasks.set_progress(task_, percent); }

bool JobControl::is_to_end() const { return jobs_.is_stopping() || jobs_.parts_.tasks.is_cancel_asked(task_); }

bool JobControl::is_taken_back() const { return jobs_.parts_.tasks.is_cancel_asked(task_); }

bool JobControl::pause(uint64_t time_ns) {
  std::unique_lock lock(jobs_.mutex_);
  (void)jobs_.changed_.wait_for(lock, std::chrono::nanoseconds(time_ns), [this] { return jobs_.is_stopping_; });
  lock.unlock();
  return !is_to_end();
}

MachineJobs::~MachineJobs() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void MachineJobs::start() {
  for (uint32_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { run(); });
}

bool MachineJobs::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

Answer<std::string> MachineJobs::submit(const JobSubject& subject, const Actor& actor,
                                        std::unique_ptr<MachineJob> job) {
  {
    const auto held = parts_.ledger.hold();
    parts_.ledger.record(actor, {std::string(facts_of(subject.kind).name), subject.name}, "done");
  }
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingMax) {
    return refuse(503, "Too much work on machines waits already", "try again when some of it is done");
  }
  const std::string task =
      parts_.tasks.open_work({subject.verb, subject.kind, subject.name, "", 0, std::nullopt, actor.who});
  waiting_.push_back({task, store_key(subject.kind, subject.name), std::move(job)});
  changed_.notify_all();
  return task;
}

// The first whose subject nobody works on. With mutex_ held.
bool MachineJobs::take(Entry& entry) {
  for (auto each = waiting_.begin(); each != waiting_.end(); ++each) {
    if (busy_.contains(each->key)) continue;
    entry = std::move(*each);
    waiting_.erase(each);
    busy_.insert(entry.key);
    return true;
  }
  return false;
}

void MachineJobs::run() {
  while (true) {
    Entry entry;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return is_stopping_ || take(entry); });
      if (is_stopping_) return;
    }
    carry_out(entry);
  }
}

void MachineJobs::run_waiting() {
  while (true) {
    Entry entry;
    {
      const std::lock_guard lock(mutex_);
      if (!take(entry)) return;
    }
    carry_out(entry);
  }
}

void MachineJobs::carry_out(Entry& entry) {
  JobControl control(*this, entry.task);
  Result<void> outcome;
  if (control.is_to_end()) outcome = fail(ErrorCode::refused, "It had not begun.");
  if (outcome) outcome = entry.job->run(parts_, control);
  entry.job.reset();
  parts_.watch.catch_up();  // so that who waits for the task sees what it did
  parts_.tasks.end_work(entry.task, outcome ? "" : outcome.error().message);
  {
    const std::lock_guard lock(mutex_);
    busy_.erase(entry.key);
  }
  changed_.notify_all();
}

}  // namespace laneway
