#include <algorithm>

#include "base/check.h"
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

// What is handed on to the engine and answered as it says it. The document's schemas hold.
struct Question {
  std::string_view operation;
  const char* method;
  unsigned status = 200;
};

constexpr Question kQuestions[] = {
    {"getFunctionStats", "vf.stats"},    {"listAllFunctionStats", "vf.stats"},
    {"explainFunction", "vf.explain"},   {"measureFunction", "vf.resize"},
    {"moveFunction", "vf.move", 204},    {"releaseFunction", "vf.release", 204},
    {"listFunctionPaths", "path.list"},  {"failPath", "path.fail", 204},
    {"retryPath", "path.retry", 204},    {"getEngine", "engine.status"},
    {"upgradeEngine", "engine.upgrade"}, {"listReactors", "reactor.list"},
    {"addReactor", "reactor.add", 201},  {"removeReactor", "reactor.remove", 204},
};

const Question& question_of(std::string_view operation) {
  const Question* const found = std::find_if(std::begin(kQuestions), std::end(kQuestions),
                                             [&](const Question& each) { return each.operation == operation; });
  LW_ASSERT(found != std::end(kQuestions));  // a row of api_table.cc without one here
  return *found;
}

Answer<HttpAnswer> answer_of(const Question& question, Answer<Json> said) {
  if (!said) return tl::unexpected<Refusal>(said.error());
  if (question.status == 204) return HttpAnswer{{204, "", {}, ""}, nullptr};
  return json_answer(question.status, to_line(*said));
}

// Who asked the engine to do something is in the audit log before it does.
Answer<void> record(const ApiParts& parts, ApiCall& call, const std::string& name) {
  if (call.operation.verb == "GET") return {};
  return run_on(call.exchange, BlockingPool::store, [&] {
    const auto held = parts.ledger.hold();
    parts.ledger.record(call.caller.actor, {std::string(facts_of(call.kind).name), name}, "asked");
  });
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

Answer<HttpAnswer> ask_about_function(const ApiParts& parts, ApiCall& call) {
  if (auto there = check_there(parts, call); !there) return tl::unexpected<Refusal>(there.error());
  const Question& question = question_of(call.operation.id);
  if (auto recorded = record(parts, call, call.name()); !recorded) return tl::unexpected<Refusal>(recorded.error());
  Json params = call.body.is_object() ? call.body : Json::object();
  params["name"] = call.name();
  if (call.parameters.contains("path")) params["path"] = call.number("path");
  return answer_of(question, ask_engine(parts, call, question.method, params));
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

Answer<HttpAnswer> ask_about_engine(const ApiParts& parts, ApiCall& call) {
  const Question& question = question_of(call.operation.id);
  if (auto recorded = record(parts, call, "engine"); !recorded) return tl::unexpected<Refusal>(recorded.error());
  Json params = call.body.is_object() ? call.body : Json::object();
  if (call.parameters.contains("index")) params["index"] = call.number("index");
  return answer_of(question, ask_engine(parts, call, question.method, params));
}

}  // namespace laneway
