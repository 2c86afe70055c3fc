// What the engine watches of its functions, and what it knows of their slow requests.
#include <algorithm>

#include "engine/function_table.h"
#include "engine/report_json.h"

namespace laneway {

namespace {

std::vector<PathPulse> pulses_of(const std::vector<PathReport>& reports) {
  std::vector<PathPulse> pulses;
  for (const PathReport& report : reports) {
    PathPulse pulse;
    pulse.id = report.spec.id;
    pulse.place = path_text(report.spec);
    pulse.is_out = report.spec.is_out;
    pulse.is_failed = path_state(report) == "failed";
    for (const IscsiSessionReport& session : report.sessions) {
      pulse.losses += session.reconnects;
      if (!session.error.empty()) pulse.error = session.error;
    }
    pulses.push_back(std::move(pulse));
  }
  return pulses;
}

}  // namespace

void FunctionTable::watch(FunctionWatches& watches, const WatchLimits& limits, uint64_t now_ns, EventLog& events) {
  const std::lock_guard lock(mutex_);
  std::erase_if(watches, [this](const auto& watch) { return !entries_.contains(watch.first); });
  for (auto& [name, entry] : entries_) {
    if (entry.served == nullptr || entry.state != FunctionState::serving) continue;
    FunctionWatch& watch = watches.try_emplace(name, limits).first->second;
    FrontEnd& front_end = entry.served->front_end();
    FunctionPulse pulse;
    pulse.name = name;
    pulse.has_target = entry.spec.disk == DiskKind::iscsi;
    pulse.throttle = qos_.counters(name);
    if (pulse.has_target) pulse.health = entry.served->disk().health();
    if (pulse.has_target) pulse.paths = pulses_of(path_reports_of(entry));
    pulse.samples = front_end.samples();
    StageHistograms* const stages = pulse.samples != watch.samples() ? &watched_stages_ : nullptr;
    if (stages != nullptr) {
      stages->clear();
      front_end.add_stages(*stages);
    }
    pulse.stages = stages;
    watch.look(pulse, now_ns, events);
    front_end.set_slow_ns(watch.slow_ns());
  }
}

Result<Explanation> FunctionTable::explain(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return fail(ErrorCode::not_found, "There is no function '{}'; laneway vf list shows those there are.", name);
  }
  Explanation explanation;
  explanation.report = report_of(found->second, Detail::counters);
  if (!explanation.report.spec.group.empty()) {
    const Result<GroupReport> group = qos_.group(explanation.report.spec.group);
    if (group) explanation.group_limits = group->spec.limits;
  }
  if (found->second.served == nullptr) return explanation;
  explanation.requests = found->second.served->front_end().slow_requests();
  std::sort(explanation.requests.begin(), explanation.requests.end(),
            [](const SlowRequest& a, const SlowRequest& b) { return a.end_ns > b.end_ns; });
  return explanation;
}

}  // namespace laneway
