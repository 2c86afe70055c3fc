#include "manager/api_handlers.h"
#include "manager/engine_status.h"

namespace laneway {

namespace {

constexpr const char* kListedCounters[] = {"reads",  "read_bytes", "writes", "write_bytes",
                                           "errors", "in_flight",  "waiting"};

Answer<Json> ask_engine(const ApiParts& parts, ApiCall& call, const char* method, const Json& params) {
  Result<Json> answer = Json();
  const auto work = [&] { answer = parts.engine.call(method, params, kEngineChangeNs); };
  if (auto ran = run_on(call.exchange, BlockingPool::engine, work); !ran) return tl::unexpected<Refusal>(ran.error());
  if (!answer) return refuse(answer.error());
  return std::move(*answer);
}

Answer<void> check_there(const ApiParts& parts, const ApiCall& call) {
  if (parts.catalog.find(call.kind, call.name())) return {};
  return refuse(404, fmt::format("There is no {} '{}'", facts_of(call.kind).name, call.name()),
                fmt::format("GET /api/v1/{} lists those there are", facts_of(call.kind).plural), "name");
}

Answer<HttpAnswer> change_path(const ApiParts& parts, ApiCall& call, const char* method) {
  if (auto there = check_there(parts, call); !there) return tl::unexpected<Refusal>(there.error());
  const Json path = {{"name", call.name()}, {"path", call.number("path")}};
  const Answer<Json> changed = ask_engine(parts, call, method, path);
  if (!changed) return tl::unexpected<Refusal>(changed.error());
  return HttpAnswer{{204, "", {}, ""}, nullptr};
}

}  // namespace

Answer<HttpAnswer> scan_target(const ApiParts& parts, ApiCall& call) {
  if (auto there = check_there(parts, call); !there) return tl::unexpected<Refusal>(there.error());
  const Answer<Json> shown = ask_engine(parts, call, "target.show", {{"name", call.name()}});
  if (!shown) return tl::unexpected<Refusal>(shown.error());
  const std::string error = text_at(*shown, "luns_error");
  if (!error.empty()) return refuse(503, error.substr(0, error.rfind('.')), "");
  const std::optional<Resource> target = parts.catalog.find(Kind::target, call.name());
  if (target) {
    Json status = target->status;
    status["luns"] = luns_of(*shown);
    parts.catalog.set_status(Kind::target, call.name(), std::move(status));
  }
  return json_answer(200, parts.catalog.document(Kind::target, call.name(), nullptr));
}

Answer<HttpAnswer> discover_targets(const ApiParts& parts, ApiCall& call) {
  const Answer<Json> found = ask_engine(parts, call, "target.discover", call.body);
  if (!found) return tl::unexpected<Refusal>(found.error());
  return json_answer(200, to_line(*found));
}

Answer<HttpAnswer> get_function_stats(const ApiParts& parts, ApiCall& call) {
  if (auto there = check_there(parts, call); !there) return tl::unexpected<Refusal>(there.error());
  const Answer<Json> stats = ask_engine(parts, call, "vf.stats", {{"name", call.name()}});
  if (!stats) return tl::unexpected<Refusal>(stats.error());
  return json_answer(200, to_line(*stats));
}

// What a list shows of each; the rest is in the statistics of one.
Answer<HttpAnswer> list_function_stats(const ApiParts& parts, ApiCall& call) {
  const Answer<Json> stats = ask_engine(parts, call, "vf.stats", Json::object());
  if (!stats) return tl::unexpected<Refusal>(stats.error());
  Json items = Json::array();
  for (const Json& function : member(*stats, "functions")) {
    Json item = {{"name", text_at(function, "name")},
                 {"state", text_at(function, "state")},
                 {"read_p99_ns", number_at(member(function, "read_latency"), "p99_ns")},
                 {"write_p99_ns", number_at(member(function, "write_latency"), "p99_ns")}};
    for (const char* counter : kListedCounters) item[counter] = number_at(function, counter);
    items.push_back(std::move(item));
  }
  return json_answer(200, to_line({{"items", std::move(items)}}));
}

Answer<HttpAnswer> fail_path(const ApiParts& parts, ApiCall& call) { return change_path(parts, call, "path.fail"); }

Answer<HttpAnswer> retry_path(const ApiParts& parts, ApiCall& call) { return change_path(parts, call, "path.retry"); }

Answer<HttpAnswer> release_function(const ApiParts& parts, ApiCall& call) {
  if (auto there = check_there(parts, call); !there) return tl::unexpected<Refusal>(there.error());
  const Answer<Json> released = ask_engine(parts, call, "vf.release", {{"name", call.name()}});
  if (!released) return tl::unexpected<Refusal>(released.error());
  return HttpAnswer{{204, "", {}, ""}, nullptr};
}

}  // namespace laneway
