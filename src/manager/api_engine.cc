#include "manager/api_handlers.h"
#include "manager/engine_status.h"

namespace laneway {

namespace {

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

Answer<HttpAnswer> release_function(const ApiParts& parts, ApiCall& call) {
  if (auto there = check_there(parts, call); !there) return tl::unexpected<Refusal>(there.error());
  const Answer<Json> released = ask_engine(parts, call, "vf.release", {{"name", call.name()}});
  if (!released) return tl::unexpected<Refusal>(released.error());
  return HttpAnswer{{204, "", {}, ""}, nullptr};
}

}  // namespace laneway
