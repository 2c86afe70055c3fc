#pragma once
// StateStore holds the desired state and keeps the state file equal to it: every change is on disk before it counts.
// Owned by the engine; control threads, any number at once. The file carries CHAP secrets and is readable by its owner
// only.

#include <memory>
#include <mutex>
#include <string>

#include "engine/atomic_file.h"
#include "engine/desired_state.h"

namespace laneway {

class StateStore {
 public:
  // Reads the file; an absent one is an empty state. A damaged file or one of a newer version is refused and left
  // alone.
  static Result<std::unique_ptr<StateStore>> open(const std::string& path, std::unique_ptr<FileSteps> steps);

  DesiredState state() const;

  // Lets `change`, which takes a DesiredState& and gives a Result<void>, edit a copy, and writes it. On failure nothing
  // changed, neither here nor (as far as the disk allows) there.
  template <typename Change>
  Result<void> update(Change change) {
    const std::lock_guard lock(mutex_);
    DesiredState next = state_;
    if (Result<void> changed = change(next); !changed) return changed;
    return commit(std::move(next));
  }

 private:
  StateStore(std::string path, std::unique_ptr<FileSteps> steps, DesiredState state);
  Result<void> commit(DesiredState next);

  // Fixed after construction
  const std::string path_;
  const std::unique_ptr<FileSteps> steps_;
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  DesiredState state_;
};

}  // namespace laneway
