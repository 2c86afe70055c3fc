#pragma once
// Life runs an engine on a stack of its own, so that the engine can be killed at any point of its code: die() leaves
// that stack as it is, no destructor runs, and nobody ever comes back to it. Owned by the simulation; one thread, and
// one life at a time.

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace laneway::sim {

class Life {
 public:
  Life() = default;
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;
  ~Life();

  // Runs `work` to its end and returns true; false where it died on the way.
  template <typename Work>
  bool live(Work& work) {
    return begin([](void* argument) { (*static_cast<Work*>(argument))(); }, &work);
  }
  // Of the life that runs.
  [[noreturn]] void die();

 private:
  using Entry = void (*)(void* argument);
  bool begin(Entry entry, void* argument);
  [[noreturn]] void leave(bool is_for_good);
  static void enter();

  std::unique_ptr<uint8_t[]> stack_;
  ucontext_t outside_;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  void* fiber_ = nullptr;  // as the sanitizers know it
  void* outside_fiber_ = nullptr;
  const void* outside_stack_ = nullptr;
  size_t outside_stack_bytes_ = 0;
  bool has_died_ = false;
};

}  // namespace laneway::sim
