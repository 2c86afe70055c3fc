#include "base/units.h"
#include "manager/api_handlers.h"
#include "openapi/openapi_text.h"

namespace laneway {

namespace {

std::string list_text(std::vector<std::string> items, const std::string& next) {
  std::string text = "{\"items\":[";
  for (const std::string& item : items) {
    if (&item != items.data()) text += ',';
    text += item;
  }
  text += ']';
  if (!next.empty()) text += ",\"continue\":" + to_line(Json(next));
  return text + "}";
}

HttpAnswer log_answer(const LogPage& page) {
  std::vector<std::string> items;
  for (const Json& item : page.items) items.push_back(to_line(item));
  return json_answer(200, list_text(std::move(items), page.next));
}

tl::unexpected<Refusal> no_task(const std::string& id) {
  return refuse(404, fmt::format("There is no task '{}'", id), "the last 1,000 are kept, until lanewayd restarts",
                "id");
}

}  // namespace

Answer<HttpAnswer> list_tasks(const ApiParts& parts, ApiCall& call) {
  const Answer<ListQuery> query = list_query_of(call);
  if (!query) return tl::unexpected<Refusal>(query.error());
  CatalogPage page = parts.tasks.list(*query);
  return json_answer(200, list_text(std::move(page.documents), page.next));
}

Answer<HttpAnswer> get_task(const ApiParts& parts, ApiCall& call) {
  const std::string id = call.text("id");
  await_task(parts, call, id);
  const std::optional<TaskView> task = parts.tasks.find(id);
  return task ? Answer<HttpAnswer>(json_answer(200, to_line(task->document))) : no_task(id);
}

Answer<HttpAnswer> cancel_task(const ApiParts& parts, ApiCall& call) {
  const std::string id = call.text("id");
  Answer<void> cancelled;
  const auto work = [&] { cancelled = parts.registry.cancel(id, call.caller.actor); };
  if (auto ran = run_on(call.exchange, BlockingPool::store, work); !ran) return tl::unexpected<Refusal>(ran.error());
  if (!cancelled) return tl::unexpected<Refusal>(cancelled.error());
  const std::optional<TaskView> task = parts.tasks.find(id);
  return task ? Answer<HttpAnswer>(json_answer(200, to_line(task->document))) : no_task(id);
}

Answer<HttpAnswer> list_events(const ApiParts& parts, ApiCall& call) {
  const Answer<ListQuery> query = list_query_of(call);
  if (!query) return tl::unexpected<Refusal>(query.error());
  return log_answer(parts.events.list(*query));
}

Answer<HttpAnswer> list_audit(const ApiParts& parts, ApiCall& call) {
  const Answer<ListQuery> query = list_query_of(call);
  if (!query) return tl::unexpected<Refusal>(query.error());
  return log_answer(parts.audit.list(*query));
}

// Accounts are for administrators: what is told of them is told to nobody else.
Answer<HttpAnswer> watch_news(const ApiParts& parts, ApiCall& call) {
  HttpAnswer answer{{200, "text/event-stream", {}, ""}, nullptr};
  answer.events = parts.news.watch(call.text("last-event-id"), call.caller.actor.role);
  return answer;
}

Answer<HttpAnswer> get_openapi(const ApiParts&, ApiCall&) { return json_answer(200, std::string(openapi_text())); }

}  // namespace laneway
