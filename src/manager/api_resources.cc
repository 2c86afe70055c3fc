#include "base/units.h"
#include "manager/api_handlers.h"

namespace laneway {

namespace {

tl::unexpected<Refusal> not_there(Kind kind, const std::string& name) {
  return refuse(404, fmt::format("There is no {} '{}'", facts_of(kind).name, name),
                fmt::format("GET /api/v1/{} lists those there are", facts_of(kind).plural), "name");
}

std::string list_text(const CatalogPage& page) {
  std::string text = "{\"items\":[";
  for (const std::string& document : page.documents) {
    if (&document != page.documents.data()) text += ',';
    text += document;
  }
  text += fmt::format("],\"total\":{}", page.total);
  if (!page.next.empty()) text += ",\"continue\":" + to_line(Json(page.next));
  return text + "}";
}

Wish wish_of(const ApiCall& call, Wish::Verb verb) {
  Wish wish;
  wish.verb = verb;
  wish.kind = call.kind;
  wish.name = call.name().empty() ? text_at(call.body, "name") : call.name();
  wish.if_match = call.text("if-match");
  wish.is_dry_run = call.flag("dry_run");
  wish.is_forced = call.flag("force");
  wish.actor = call.caller.actor;
  if (verb != Wish::Verb::remove) wish.spec = member(call.body, "spec");
  return wish;
}

// What the engine said to it, where the caller waited for that.
Answer<bool> outcome_of(const ApiParts& parts, const ApiCall& call, const std::string& task) {
  await_task(parts, call, task);
  const std::optional<TaskView> view = parts.tasks.find(task);
  if (!view || !view->has_ended()) return false;
  if (view->state == TaskState::done) return true;
  auto refusal = refuse(409, view->reason.substr(0, view->reason.rfind('.')), "");
  refusal.value().task = task;
  return refusal;
}

HttpAnswer with_task(HttpAnswer answer, const std::string& task) {
  answer.response.headers.emplace_back("location", "/api/v1/tasks/" + task);
  return answer;
}

Answer<HttpAnswer> document_answer(const ApiParts& parts, unsigned status, const Granted& granted) {
  std::string etag = etag_of(granted.resource);
  std::string text = parts.catalog.document(granted.resource.kind, granted.resource.name, &etag);
  const bool is_draft = text.empty() || etag != etag_of(granted.resource);
  HttpAnswer answer = json_answer(status, is_draft ? to_line(document_of(granted.resource)) : std::move(text));
  answer.response.headers.emplace_back("etag", is_draft ? etag_of(granted.resource) : etag);
  return answer;
}

Answer<HttpAnswer> write_resource(const ApiParts& parts, ApiCall& call, Wish::Verb verb) {
  const Wish wish = wish_of(call, verb);
  if (verb == Wish::Verb::put && call.body.contains("name") && text_at(call.body, "name") != call.name()) {
    return refuse(400, "Field 'name' is another name than that of the path", "leave it out", "name");
  }
  Answer<Granted> granted = refuse(500, "Nothing was done", "report it");
  if (auto ran = run_on(call.exchange, BlockingPool::store, [&] { granted = parts.registry.carry_out(wish); }); !ran) {
    return tl::unexpected<Refusal>(ran.error());
  }
  if (!granted) return tl::unexpected<Refusal>(granted.error());
  if (wish.is_dry_run) {
    HttpAnswer draft = json_answer(200, to_line(document_of(granted->resource)));
    draft.response.headers.emplace_back("etag", etag_of(granted->resource));
    return draft;
  }
  const unsigned status = granted->is_new ? 201 : 200;
  if (granted->task.empty()) return document_answer(parts, status, *granted);
  const Answer<bool> outcome = outcome_of(parts, call, granted->task);
  if (!outcome) return tl::unexpected<Refusal>(outcome.error());
  Answer<HttpAnswer> answer = document_answer(parts, *outcome ? status : 202, *granted);
  return *outcome ? std::move(answer) : with_task(std::move(*answer), granted->task);
}

}  // namespace

HttpAnswer json_answer(unsigned status, std::string body) {
  return {{status, "application/json", {}, std::move(body)}, nullptr};
}

Answer<ListQuery> list_query_of(const ApiCall& call) {
  ListQuery query;
  for (const std::string& filter : call.filters) {
    const size_t equals = filter.find('=');
    query.filters.push_back({filter.substr(0, equals), filter.substr(equals + 1)});
  }
  query.sort = call.text("sort");
  query.is_falling = query.sort.starts_with('-');
  if (query.is_falling) query.sort.erase(0, 1);
  const bool is_field = query.sort.empty() || query.sort == "name" || query.sort.starts_with("spec.") ||
                        query.sort.starts_with("status.");
  if (!is_field)
    return refuse(400, fmt::format("Parameter 'sort' is '{}'", query.sort), "give name, spec.* or status.*", "sort");
  query.limit = call.number("limit");
  query.after = call.text("continue");
  return query;
}

void await_task(const ApiParts& parts, const ApiCall& call, const std::string& id) {
  constexpr uint64_t kLookEveryNs = 20 * kMillisecond;
  for (uint64_t looks = call.number("wait") * kSecond / kLookEveryNs; looks > 0; --looks) {
    const std::optional<TaskView> task = parts.tasks.find(id);
    if (!task || task->has_ended() || !call.exchange.pause(kLookEveryNs)) return;
  }
}

Answer<HttpAnswer> list_resources(const ApiParts& parts, ApiCall& call) {
  const Answer<ListQuery> query = list_query_of(call);
  if (!query) return tl::unexpected<Refusal>(query.error());
  for (const ListQuery::Filter& filter : query->filters) {
    if (filter.field == "name" || filter.field.starts_with("spec.") || filter.field.starts_with("status.")) continue;
    return refuse(400, fmt::format("Parameter 'filter' names '{}'", filter.field), "give name, spec.* or status.*",
                  "filter");
  }
  return json_answer(200, list_text(parts.catalog.list(call.kind, *query)));
}

Answer<HttpAnswer> get_resource(const ApiParts& parts, ApiCall& call) {
  std::string etag;
  std::string text = parts.catalog.document(call.kind, call.name(), &etag);
  if (text.empty()) return not_there(call.kind, call.name());
  HttpAnswer answer = json_answer(200, std::move(text));
  answer.response.headers.emplace_back("etag", etag);
  return answer;
}

Answer<HttpAnswer> create_resource(const ApiParts& parts, ApiCall& call) {
  return write_resource(parts, call, Wish::Verb::create);
}

Answer<HttpAnswer> put_resource(const ApiParts& parts, ApiCall& call) {
  return write_resource(parts, call, Wish::Verb::put);
}

Answer<HttpAnswer> patch_resource(const ApiParts& parts, ApiCall& call) {
  return write_resource(parts, call, Wish::Verb::patch);
}

Answer<HttpAnswer> delete_resource(const ApiParts& parts, ApiCall& call) {
  const Wish wish = wish_of(call, Wish::Verb::remove);
  Answer<Granted> granted = refuse(500, "Nothing was done", "report it");
  if (auto ran = run_on(call.exchange, BlockingPool::store, [&] { granted = parts.registry.carry_out(wish); }); !ran) {
    return tl::unexpected<Refusal>(ran.error());
  }
  if (!granted) return tl::unexpected<Refusal>(granted.error());
  if (wish.kind == Kind::user && !wish.is_dry_run) parts.sessions.end_all_of(wish.name);
  if (granted->is_gone || wish.is_dry_run) return HttpAnswer{{204, "", {}, ""}, nullptr};
  const Answer<bool> outcome = outcome_of(parts, call, granted->task);
  if (!outcome) return tl::unexpected<Refusal>(outcome.error());
  if (*outcome) return HttpAnswer{{204, "", {}, ""}, nullptr};
  Answer<HttpAnswer> answer = document_answer(parts, 202, *granted);
  return with_task(std::move(*answer), granted->task);
}

}  // namespace laneway
