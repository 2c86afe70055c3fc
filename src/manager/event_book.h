#pragma once
// EventBook is what happened on this host, numbered: shown at once, and put into the store by the housekeeper a little
// later, several together. Owned by the daemon. Any thread; flush() may block.

#include <string_view>

#include "manager/news_feed.h"
#include "manager/numbered_log.h"
#include "manager/wall_clock.h"

namespace laneway {

enum class Severity : uint8_t { info, warning, error };

struct Happening {
  Severity severity = Severity::info;
  Kind kind = Kind::host;
  std::string name;
  std::string reason;   // one word for programs
  std::string text;     // a sentence
  uint64_t ago_ms = 0;  // when it was, where that is known later
};

class EventBook {
 public:
  EventBook(NewsFeed& news, WallClock& clock) : news_(news), clock_(clock), log_("events", "") {}

  Result<void> load(Store& store) { return log_.load(store); }
  void add(const Happening& happening);
  LogPage list(const ListQuery& query) const { return log_.list(query); }
  // Writes what is not in the store yet. What cannot be written is tried again, bounded.
  Result<void> flush(Store& store);

 private:
  static constexpr size_t kWaitingMax = 20'000;

  // Fixed after construction
  NewsFeed& news_;
  WallClock& clock_;
  NumberedLog log_;
  // Any thread, under mutex_
  std::mutex mutex_;
  std::deque<StoreWrite> waiting_;
};

}  // namespace laneway
