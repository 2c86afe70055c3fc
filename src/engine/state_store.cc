#include "engine/state_store.h"

#include <utility>

namespace laneway {

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path, std::unique_ptr<FileSteps> steps) {
  DesiredState state;
  ReadFile file;
  Result<std::string> text = read_whole_file(path, kStateMaxBytes, &file);
  if (!text && text.error().code != ErrorCode::not_found) return pass_on(text);
  if (text) {
    Result<DesiredState> decoded = decode_desired_state(*text);
    if (!decoded && decoded.error().code == ErrorCode::unsupported) {
      return fail(
          ErrorCode::unsupported,
          "State file {} is not used: {}; start the newer engine that wrote it, or move the file away to begin empty.",
          path, decoded.error().message);
    }
    if (!decoded) {
      return fail(ErrorCode::invalid_argument,
                  "State file {} is not used: {}; restore it from a copy, or move it away to begin empty.", path,
                  decoded.error().message);
    }
    state = std::move(*decoded);
  }
  return std::unique_ptr<StateStore>(new StateStore(path, std::move(steps), std::move(file), std::move(state)));
}

StateStore::StateStore(std::string path, std::unique_ptr<FileSteps> steps, ReadFile file, DesiredState state)
    : path_(std::move(path)),
      steps_(std::move(steps)),
      file_(std::move(file)),
      state_(std::move(state)),
      newest_(state_) {}

bool StateStore::is_outdated() const { return !file_.is_still_there(); }

DesiredState StateStore::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

// Whoever finds nobody writing writes for all that wait.
Result<void> StateStore::commit(std::unique_lock<std::mutex>& lock) {
  Waiter waiter;
  waiting_.push_back(&waiter);
  while (!waiter.is_done) {
    if (is_writing_) {
      written_.wait(lock);
    } else {
      write_batch(lock);
    }
  }
  return waiter.outcome;
}

void StateStore::write_batch(std::unique_lock<std::mutex>& lock) {
  std::vector<Waiter*> batch = std::exchange(waiting_, {});
  DesiredState next = newest_;
  is_writing_ = true;
  lock.unlock();
  const Result<void> outcome = write(next);
  lock.lock();
  is_writing_ = false;
  if (outcome) {
    state_ = std::move(next);
  } else {
    // What came meanwhile was made of a state that there will never be.
    newest_ = state_;
    batch.insert(batch.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
  }
  for (Waiter* each : batch) {
    each->outcome = outcome;
    each->is_done = true;
  }
  written_.notify_all();
}

Result<void> StateStore::write(const DesiredState& next) {
  Result<void> written = replace_file(*steps_, path_, encode_desired_state(next));
  // Where the new content may be there already (the directory's fsync failed), the old one is put back.
  if (!written && written.error().code == ErrorCode::io) {
    (void)replace_file(*steps_, path_, encode_desired_state(state_));
  }
  return written;
}

}  // namespace laneway
