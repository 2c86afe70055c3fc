// RPC methods about where requests' time went, and about what happened lately.
#include "base/clock.h"
#include "engine/engine_service.h"
#include "engine/slow_request_json.h"
#include "rpc/fields.h"

namespace laneway {

Result<Json> EngineService::function_explain(const Json& params) {
  FieldReader fields(params, "vf.explain");
  const std::string name = fields.text("name");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<Explanation> explanation = functions_.explain(name);
  if (!explanation) return pass_on(explanation);
  return explanation_json(*explanation, MonotonicClock().now_ns());
}

Result<Json> EngineService::events_list(const Json& params) {
  FieldReader fields(params, "events.list");
  const uint64_t after = fields.number_or("after", {}, 0);
  const uint64_t limit = fields.number_or("limit", {1, EventLog::kEventsMax}, 100);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  const EventLog::Page page = events_.list(after, limit);
  const uint64_t now_ns = MonotonicClock().now_ns();
  Json events = Json::array();
  for (const Event& event : page.events) {
    events.push_back({{"number", event.number},
                      {"ago_ns", now_ns > event.time_ns ? now_ns - event.time_ns : 0},
                      {"kind", event_kind_name(event.kind)},
                      {"severity", is_warning(event.kind) ? "warning" : "info"},
                      {"function", event.function},
                      {"text", event.text}});
  }
  return Json{{"log", page.log}, {"oldest", page.oldest}, {"events", std::move(events)}};
}

}  // namespace laneway
