#pragma once
// What bugs planted by plant.py call: whether one is awake, and a stay for a kill to fall into: where the file named by
// LANEWAY_PLANT_GATE asks for a moment, the next thread that comes there says so and stands until it is killed. Only in
// laneway-engine-planted, which shows that tests/crash sees them. Any thread.

#include <fcntl.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

namespace laneway {

inline bool planted(std::string_view name) {
  static const char* const awake = std::getenv("LANEWAY_PLANT");
  return awake != nullptr && name == awake;
}

// One byte of a file, known to gate.py as well.
enum class Moment : char { none = '-', before_used = 'b', after_used = 'a', is_here = '!' };
static_assert(std::atomic<Moment>::is_always_lock_free);

inline std::atomic<Moment>* open_gate() {
  const char* const name = std::getenv("LANEWAY_PLANT_GATE");
  const int file = name == nullptr ? -1 : ::open(name, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const shared = ::mmap(nullptr, sizeof(Moment), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return shared == MAP_FAILED ? nullptr : static_cast<std::atomic<Moment>*>(shared);
}

// Before main: the engine soon may open nothing.
inline std::atomic<Moment>* const gate = open_gate();

inline bool is_asked(Moment moment) { return gate != nullptr && gate->load(std::memory_order_relaxed) == moment; }

inline void stand_if_asked(Moment moment) {
  if (!is_asked(moment) || !gate->compare_exchange_strong(moment, Moment::is_here)) return;
  while (is_asked(Moment::is_here)) {
  }
}

}  // namespace laneway
