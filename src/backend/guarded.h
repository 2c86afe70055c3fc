#pragma once
// Guarded is a value that control threads and reactors share at set-up and at changes of a session, never per I/O: it
// is reached under its lock only, for as long as a short function runs. The one place with a lock in the back-ends. Any
// thread.

#include <mutex>
#include <utility>

namespace laneway {

template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  // Runs use(value) alone and returns what it returns.
  template <typename Use>
  auto with(Use use) {
    const std::lock_guard lock(mutex_);
    return use(value_);
  }
  template <typename Use>
  auto with(Use use) const {
    const std::lock_guard lock(mutex_);
    return use(value_);
  }
  T copy() const {
    return with([](const T& value) { return value; });
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace laneway
