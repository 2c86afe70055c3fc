#pragma once
// MachineJobs does what takes long with machines, and with volumes that are made for them: each job has its task and a
// thread of a few, one at a time for each machine, so that a hypervisor that hangs takes these threads and nothing
// else. Owned by the daemon.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "manager/engine_port.h"
#include "manager/host_facts.h"
#include "manager/ledger.h"
#include "manager/machine_fit.h"
#include "manager/machine_watch.h"
#include "manager/refusal.h"
#include "manager/task_book.h"

namespace laneway {

// What work on machines needs. All of it outlives the jobs.
struct MachineParts {
  Hypervisor* hypervisor = nullptr;  // null: there are no machines here
  EnginePort& engine;
  Catalog& catalog;
  Ledger& ledger;
  TaskBook& tasks;
  MachineWatch& watch;
  HostRoots roots;
  HostLimits limits;
  std::string folder;         // for files of machines
  std::string images_folder;  // what volumes can be made of
};

class MachineJobs;

// What a job is about: one job at a time for each machine, and for each volume.
struct JobSubject {
  std::string verb;
  Kind kind = Kind::machine;
  std::string name;
};

// A job's own task: how far it is, and whether it should go on.
class JobControl {
 public:
  JobControl(MachineJobs& jobs, std::string task) : jobs_(jobs), task_(std::move(task)) {}
  void note(std::string_view text);
  void set_progress(uint64_t percent);
  // Somebody took it back, or lanewayd stops.
  bool is_to_end() const;
  // Somebody took it back: what was done is undone where that can be.
  bool is_taken_back() const;
  // False where the job is to end.
  bool pause(uint64_t time_ns);

 private:
  MachineJobs& jobs_;
  const std::string task_;
};

class MachineJob {
 public:
  virtual ~MachineJob() = default;
  // An error's message is a sentence with its remedy.
  virtual Result<void> run(const MachineParts& parts, JobControl& control) = 0;
};

class MachineJobs {
 public:
  static constexpr uint32_t kThreads = 4;
  static constexpr size_t kWaitingMax = 256;

  explicit MachineJobs(const MachineParts& parts) : parts_(parts) {}
  // Asks the jobs under way to end, and waits for them.
  ~MachineJobs();
  MachineJobs(const MachineJobs&) = delete;
  MachineJobs& operator=(const MachineJobs&) = delete;

  void start();
  // The task's id. 503 where too many wait. Blocks for the store: the audit log has it.
  Answer<std::string> submit(const JobSubject& subject, const Actor& actor, std::unique_ptr<MachineJob> job);
  // Does what waits on this thread. Tests, in place of start().
  void run_waiting();
  const MachineParts& parts() const { return parts_; }

 private:
  friend class JobControl;
  struct Entry {
    std::string task;
    std::string key;  // of its subject
    std::unique_ptr<MachineJob> job;
  };
  void run();
  bool take(Entry& entry);
  void carry_out(Entry& entry);
  bool is_stopping() const;

  // Fixed after construction
  const MachineParts parts_;
  std::vector<std::thread> threads_;

  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;
  std::deque<Entry> waiting_;
  std::set<std::string, std::less<>> busy_;  // keys of subjects
};

}  // namespace laneway
