#include "metrics/engine_metrics.h"

#include <map>

namespace laneway {

namespace {

constexpr double kNsInSecond = 1e9;
constexpr double kMsInSecond = 1e3;

struct Figure {
  const char* field;  // of the engine's answer
  MetricName name;
  double divisor = 1;  // from the field's unit to the metric's
};

constexpr Figure kOfEngine[] = {
    {"uptime_s", {"laneway_engine_uptime_seconds", "Since the engine's start."}},
    {"rss_bytes", {"laneway_engine_resident_memory_bytes", "Memory of the engine that is resident."}},
    {"pause_ms", {"laneway_engine_last_pause_seconds", "How long guests waited at the last take-over."}, kMsInSecond},
    {"targets", {"laneway_targets", "Targets that the engine knows."}},
    {"functions_attached", {"laneway_functions_attached", "Functions that a guest is attached to."}},
};

constexpr Figure kOfReactor[] = {
    {"cpu_time_ns", {"laneway_reactor_cpu_seconds_total", "CPU time of the reactor's thread."}, kNsInSecond},
    {"turns", {"laneway_reactor_turns_total", "Turns of the reactor's loop."}},
    {"busy_turns", {"laneway_reactor_busy_turns_total", "Turns that found work."}},
    {"sleeps", {"laneway_reactor_sleeps_total", "Times that the reactor slept in the kernel."}},
};

constexpr MetricName kOperations = {"laneway_function_operations_total", "Requests of the guest that ended."};
constexpr MetricName kBytes = {"laneway_function_bytes_total", "Bytes of the guest's requests that ended."};

struct OperationFigure {
  const char* field;
  const char* operation;
};
constexpr OperationFigure kOperationsOfFunction[] = {{"reads", "read"},
                                                     {"writes", "write"},
                                                     {"flushes", "flush"},
                                                     {"discards", "discard"},
                                                     {"write_zeroes", "write_zeroes"},
                                                     {"other_requests", "other"}};
constexpr OperationFigure kBytesOfFunction[] = {{"read_bytes", "read"},
                                                {"write_bytes", "write"},
                                                {"discard_bytes", "discard"},
                                                {"write_zeroes_bytes", "write_zeroes"}};

constexpr Figure kOfFunction[] = {
    {"errors", {"laneway_function_errors_total", "Requests that ended with an I/O error."}},
    {"timeouts", {"laneway_function_timeouts_total", "Requests that ended at their deadline."}},
    {"refused", {"laneway_function_refused_total", "Requests that the guest was not allowed to make."}},
    {"held", {"laneway_function_throttled_total", "Requests that a limit held."}},
    {"held_ns", {"laneway_function_throttled_seconds_total", "Time that a limit held requests."}, kNsInSecond},
    {"cpu_ns", {"laneway_function_cpu_seconds_total", "The engine's CPU time for the function."}, kNsInSecond},
    {"kicks", {"laneway_function_kicks_total", "Notifications from the guest."}},
    {"calls", {"laneway_function_interrupts_total", "Interrupts to the guest."}},
    {"slow_requests", {"laneway_function_slow_requests_total", "Requests that the flight recorder took as slow."}},
    {"protocol_errors", {"laneway_function_protocol_errors_total", "Rules of vhost-user that a front-end broke."}},
    {"ring_errors", {"laneway_function_ring_errors_total", "Rules of the ring that a guest broke."}},
};

constexpr Figure kOfSession[] = {
    {"logins", {"laneway_path_logins_total", "Logins of the path's sessions."}},
    {"reconnects", {"laneway_path_reconnects_total", "Sessions that were lost and came back."}},
    {"replays", {"laneway_path_replays_total", "Requests that were sent again after a loss."}},
    {"timeouts", {"laneway_path_timeouts_total", "Tasks that did not end in time."}},
};

double scaled(const Json& object, const Figure& figure) {
  const Json& value = member(object, figure.field);
  return value.is_number() ? value.get<double>() / figure.divisor : 0;
}

// The stages of all functions together.
struct StageTotals {
  std::map<std::string, MetricHistogram, std::less<>> stages;

  void add(const std::string& stage, const Json& summary, const std::vector<double>& bounds) {
    MetricHistogram& total = stages[stage];
    total.bounds = bounds;
    total.up_to.resize(bounds.size());
    total.count += number_at(summary, "count");
    total.sum += static_cast<double>(number_at(summary, "total_ns")) / kNsInSecond;
    const Json& up_to = member(summary, "up_to");
    for (size_t i = 0; i < bounds.size() && i < up_to.size(); ++i) total.up_to[i] += up_to[i].get<uint64_t>();
  }
};

void add_stages(const Json& function, StageTotals& totals, MetricFamilies& out) {
  std::vector<double> bounds;
  for (const Json& bound : member(function, "stage_bounds_ns")) bounds.push_back(bound.get<double>() / kNsInSecond);
  const std::string name = text_at(function, "name");
  for (const auto& [stage, summary] : member(function, "stages").items()) {
    out.counter({"laneway_function_stage_seconds_total", "Time that sampled requests spent in each of their stages."},
                {{"function", name}, {"stage", stage}},
                static_cast<double>(number_at(summary, "total_ns")) / kNsInSecond);
    out.counter({"laneway_function_stage_samples_total", "Sampled requests that passed each stage."},
                {{"function", name}, {"stage", stage}}, static_cast<double>(number_at(summary, "count")));
    totals.add(stage, summary, bounds);
  }
}

void add_paths(const Json& function, MetricFamilies& out) {
  const std::string name = text_at(function, "name");
  for (const Json& path : member(function, "paths")) {
    const std::string number = std::to_string(number_at(path, "path"));
    const std::string target = text_at(path, "target");
    const std::string state = text_at(path, "state");
    const MetricLabels labels = {{"function", name}, {"path", number}, {"target", target}};
    out.gauge({"laneway_path_usable", "Whether requests can go this way: 0 for failed, and for taken out."}, labels,
              state == "failed" || state == "out" ? 0 : 1);
    for (const Figure& figure : kOfSession) {
      double sum = 0;
      for (const Json& session : member(path, "sessions")) sum += scaled(session, figure);
      out.counter(figure.name, labels, sum);
    }
  }
}

}  // namespace

void add_engine_metrics(const Json& status, MetricFamilies& out) {
  out.gauge({"laneway_engine_info", "The engine that runs."},
            {{"version", text_at(status, "version")}, {"keeper", text_at(status, "keeper")}}, 1);
  for (const Figure& figure : kOfEngine) out.gauge(figure.name, {}, scaled(status, figure));
  for (const char* state : {"serving", "failed"}) {
    out.gauge({"laneway_functions", "Functions by their state."}, {{"state", state}},
              static_cast<double>(number_at(status, std::string("functions_") + state)));
  }
  for (const Json& reactor : member(status, "reactors")) {
    const std::string index = std::to_string(number_at(reactor, "index"));
    for (const Figure& figure : kOfReactor) out.counter(figure.name, {{"reactor", index}}, scaled(reactor, figure));
    out.gauge({"laneway_reactor_functions", "Functions with work on the reactor."}, {{"reactor", index}},
              static_cast<double>(number_at(reactor, "functions")));
  }
}

void add_function_states(const Json& functions, MetricFamilies& out) {
  for (const Json& function : functions) {
    const std::string name = text_at(function, "name");
    const std::string health = text_at(member(function, "health"), "state");
    out.gauge({"laneway_function_info", "What the function is."},
              {{"function", name}, {"backend", text_at(function, "backend")}, {"policy", text_at(function, "group")}},
              1);
    out.gauge({"laneway_function_serving", "Whether the function is served."}, {{"function", name}},
              text_at(function, "state") == "serving" ? 1 : 0);
    out.gauge({"laneway_function_attached", "Whether a guest is attached."}, {{"function", name}},
              flag_at(function, "attached") ? 1 : 0);
    out.gauge({"laneway_function_healthy", "Whether its disk has no condition that an operator must mend."},
              {{"function", name}}, health.empty() || health == "ok" ? 1 : 0);
    out.gauge({"laneway_function_capacity_bytes", "Size of the function's disk."}, {{"function", name}},
              static_cast<double>(number_at(function, "capacity_bytes")));
    add_paths(function, out);
  }
}

void add_function_metrics(const Json& functions, MetricFamilies& out) {
  StageTotals totals;
  for (const Json& function : functions) {
    const std::string name = text_at(function, "name");
    for (const OperationFigure& figure : kOperationsOfFunction) {
      out.counter(kOperations, {{"function", name}, {"operation", figure.operation}},
                  static_cast<double>(number_at(function, figure.field)));
    }
    for (const OperationFigure& figure : kBytesOfFunction) {
      out.counter(kBytes, {{"function", name}, {"operation", figure.operation}},
                  static_cast<double>(number_at(function, figure.field)));
    }
    for (const Figure& figure : kOfFunction) out.counter(figure.name, {{"function", name}}, scaled(function, figure));
    out.gauge({"laneway_function_in_flight", "Requests that the guest waits for."}, {{"function", name}},
              static_cast<double>(number_at(function, "in_flight")));
    add_stages(function, totals, out);
  }
  for (const auto& [stage, histogram] : totals.stages) {
    out.histogram({"laneway_stage_seconds", "Time of sampled requests in each stage, over all functions."},
                  {{"stage", stage}}, histogram);
  }
}

}  // namespace laneway
