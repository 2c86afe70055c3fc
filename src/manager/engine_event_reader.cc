#include "manager/engine_event_reader.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"

namespace laneway {

namespace {

constexpr const char* kMark = "meta/engine-events";
constexpr uint64_t kPage = 1'000;

}  // namespace

void EngineEventReader::read() {
  if (!place_) recall();
  if (!place_) return;
  const Result<Json> page = engine_.call("events.list", {{"after", place_->number}, {"limit", kPage}}, kEngineLookNs);
  if (!page) return;
  const uint64_t log = number_at(*page, "log");
  if (log != place_->log) {
    // Another engine, which counts anew: from its beginning, at the next look.
    const bool is_read_from_its_beginning = place_->number == 0;
    place_ = Place{log, 0};
    if (!is_read_from_its_beginning) return;
  }
  const Json& events = member(*page, "events");
  if (!events.is_array() || events.empty()) return;
  for (const Json& event : events) tell(event);
  remember();
}

void EngineEventReader::tell(const Json& event) {
  place_->number = std::max(place_->number, number_at(event, "number"));
  std::string reason = text_at(event, "kind");
  std::replace(reason.begin(), reason.end(), '-', '_');
  events_.add({.severity = text_at(event, "severity") == "warning" ? Severity::warning : Severity::info,
               .kind = Kind::function,
               .name = text_at(event, "function"),
               .reason = reason,
               .text = text_at(event, "text"),
               .ago_ms = number_at(event, "ago_ns") / kMillisecond});
}

// "LOG NUMBER"
void EngineEventReader::recall() {
  const auto held = ledger_.hold();
  const Result<std::string> text = ledger_.read(kMark);
  if (!text) return;
  Place place;
  const char* const end = text->data() + text->size();
  const auto log = std::from_chars(text->data(), end, place.log);
  if (log.ec == std::errc() && log.ptr != end) (void)std::from_chars(log.ptr + 1, end, place.number);
  place_ = place;
}

void EngineEventReader::remember() {
  const auto held = ledger_.hold();
  const Result<void> kept = ledger_.mark(kMark, fmt::format("{} {}", place_->log, place_->number));
  if (!kept) log_warning("Events of the engine may be told again after a restart: {}", kept.error().message);
}

}  // namespace laneway
