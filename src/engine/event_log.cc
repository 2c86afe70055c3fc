#include "engine/event_log.h"

#include <algorithm>

#include "base/log.h"

namespace laneway {

void EventLog::add(EventKind kind, uint64_t now_ns, std::string function, std::string text) {
  if (is_warning(kind)) {
    log_warning("function {}: {}", function, text);
  } else {
    log_info("function {}: {}", function, text);
  }
  const std::lock_guard lock(mutex_);
  events_.push_back({next_++, now_ns, kind, std::move(function), std::move(text)});
  if (events_.size() > kEventsMax) events_.pop_front();
}

EventLog::Page EventLog::list(uint64_t after, size_t count_max) const {
  const std::lock_guard lock(mutex_);
  Page page;
  page.log = log_;
  page.oldest = events_.empty() ? 0 : events_.front().number;
  const auto first =
      std::find_if(events_.begin(), events_.end(), [after](const Event& event) { return event.number > after; });
  for (auto event = first; event != events_.end() && page.events.size() < count_max; ++event) {
    page.events.push_back(*event);
  }
  return page;
}

}  // namespace laneway
