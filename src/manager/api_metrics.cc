#include "manager/api_handlers.h"
#include "manager/engine_port.h"
#include "metrics/engine_metrics.h"

namespace laneway {

namespace {

constexpr const char* kTextType = "text/plain; version=0.0.4";

void add_own_metrics(const ApiParts& parts, MetricFamilies& out) {
  out.gauge({"laneway_manager_info", "The control plane that runs."}, {{"version", LANEWAY_VERSION}}, 1);
  for (size_t i = 0; i < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    out.gauge({"laneway_manager_resources", "Resources that the control plane knows, by kind."},
              {{"kind", facts_of(kind).name}}, static_cast<double>(parts.catalog.count(kind)));
  }
  for (const Resource& target : parts.catalog.all(Kind::target)) {
    out.gauge({"laneway_target_ready", "Whether the target answered at the last look."}, {{"target", target.name}},
              text_at(target.status, "state") == "ready" ? 1 : 0);
  }
}

// Answers in part are no answers: an engine that goes away meanwhile is down.
Result<void> add_metrics_of(EnginePort& engine, MetricFamilies& out) {
  Result<Json> status = engine.call("engine.status", Json::object(), kEngineLookNs);
  if (!status) return pass_on(status);
  Result<Json> states = engine.call("vf.list", Json::object(), kEngineLookNs);
  if (!states) return pass_on(states);
  Result<Json> stats = engine.call("vf.stats", Json::object(), kEngineLookNs);
  if (!stats) return pass_on(stats);
  add_engine_metrics(*status, out);
  add_function_states(member(*states, "functions"), out);
  add_function_metrics(member(*stats, "functions"), out);
  return {};
}

}  // namespace

Answer<HttpAnswer> get_metrics(const ApiParts& parts, ApiCall& call) {
  MetricFamilies families;
  std::string text;
  const auto work = [&] {
    add_own_metrics(parts, families);
    MetricFamilies of_engine;
    const bool is_up = add_metrics_of(parts.engine, of_engine).has_value();
    families.gauge({"laneway_engine_up", "Whether the engine answers."}, {}, is_up ? 1 : 0);
    text = families.text() + (is_up ? of_engine.text() : "");
  };
  if (auto ran = run_on(call.exchange, BlockingPool::engine, work); !ran) return tl::unexpected<Refusal>(ran.error());
  return HttpAnswer{{200, kTextType, {}, std::move(text)}, nullptr};
}

}  // namespace laneway
