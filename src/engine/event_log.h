#pragma once
// EventLog is what happened lately that an operator wants to hear of, each once, with a number that only rises: a limit
// holds a function back, a path fails, a target is slow. Bounded: the oldest give way. Owned by the engine; control
// threads, any number at once.

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"

namespace laneway {

enum class EventKind : uint8_t {
  limit_reached,  // requests wait for a limit
  limit_left,
  path_failed,
  path_returned,
  target_slow,
  target_well,
  disk_impaired,  // its health is not ok (docs/luns.md)
  disk_well,
};
constexpr const char* event_kind_name(EventKind kind) {
  constexpr const char* kNames[] = {"limit-reached", "limit-left",  "path-failed",   "path-returned",
                                    "target-slow",   "target-well", "disk-impaired", "disk-well"};
  return kNames[static_cast<size_t>(kind)];
}
// The others say that something is over.
constexpr bool is_warning(EventKind kind) { return static_cast<uint8_t>(kind) % 2 == 0; }

struct Event {
  uint64_t number = 0;   // from 1
  uint64_t time_ns = 0;  // monotonic
  EventKind kind = EventKind::limit_reached;
  std::string function;
  std::string text;  // a sentence
};

class EventLog {
 public:
  static constexpr size_t kEventsMax = 1000;

  EventLog() : EventLog(MonotonicClock().now_ns()) {}
  explicit EventLog(uint64_t log) : log_(log) {}

  // Also a line of the engine's log.
  void add(EventKind kind, uint64_t now_ns, std::string function, std::string text);

  struct Page {
    uint64_t log = 0;     // another number, another log: an engine's successor begins anew
    uint64_t oldest = 0;  // number of the first that is still there; 0: none is
    std::vector<Event> events;
  };
  // Those after that number, in order.
  Page list(uint64_t after, size_t count_max) const;

 private:
  // Fixed after construction
  const uint64_t log_;
  // Any thread, under mutex_
  mutable std::mutex mutex_;
  std::deque<Event> events_;
  uint64_t next_ = 1;
};

}  // namespace laneway
