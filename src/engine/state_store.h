#pragma once
// StateStore holds the desired state and keeps the state file equal to it: every change is on disk before it counts.
// Changes that come while the file is being written go into the next file together. Owned by the engine; control
// threads, any number at once. The file carries CHAP secrets and is readable by its owner only.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/atomic_file.h"
#include "engine/desired_state.h"

namespace laneway {

class StateStore {
 public:
  // Reads the file; an absent one is an empty state. A damaged file or one of a newer version is refused and left
  // alone.
  static Result<std::unique_ptr<StateStore>> open(const std::string& path, std::unique_ptr<FileSteps> steps);

  DesiredState state() const;
  // Somebody else has replaced the file since it was opened: whoever is to go on from here opens it anew.
  bool is_outdated() const;

  // Lets `change`, which takes a DesiredState& and gives a Result<void>, edit a copy, and writes it. On failure nothing
  // changed, neither here nor (as far as the disk allows) there; a write that fails fails all changes that rest on it.
  template <typename Change>
  Result<void> update(Change change) {
    std::unique_lock lock(mutex_);
    DesiredState next = newest_;
    if (Result<void> changed = change(next); !changed) return changed;
    newest_ = std::move(next);
    return commit(lock);
  }

 private:
  StateStore(std::string path, std::unique_ptr<FileSteps> steps, ReadFile file, DesiredState state);
  // A change that is to be written; its maker waits, and has it.
  struct Waiter {
    bool is_done = false;
    Result<void> outcome;
  };
  Result<void> commit(std::unique_lock<std::mutex>& lock);
  void write_batch(std::unique_lock<std::mutex>& lock);
  Result<void> write(const DesiredState& next);

  // Fixed after construction
  const std::string path_;
  const std::unique_ptr<FileSteps> steps_;
  const ReadFile file_;  // what was read
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::condition_variable written_;
  DesiredState state_;            // as in the file; replaced by the one that writes
  DesiredState newest_;           // with the changes that are to be written
  std::vector<Waiter*> waiting_;  // of these changes
  bool is_writing_ = false;
};

}  // namespace laneway
