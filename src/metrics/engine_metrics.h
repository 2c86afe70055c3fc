#pragma once
// What Prometheus is told of an engine, made from the answers of its RPC methods. A function has no histogram of its
// own: stages are sums and counts a function, and one histogram a stage over all functions, so that a thousand
// functions stay tens of thousands of series. Free functions; any thread.

#include "metrics/metric_families.h"
#include "rpc/json.h"

namespace laneway {

// Of engine.status.
void add_engine_metrics(const Json& status, MetricFamilies& out);
// Of vf.list: a function's state, health, size and paths.
void add_function_states(const Json& functions, MetricFamilies& out);
// Of vf.stats without a name: counters and stages.
void add_function_metrics(const Json& functions, MetricFamilies& out);

}  // namespace laneway
