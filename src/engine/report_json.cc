#include "engine/report_json.h"

#include "engine/lun_facts_json.h"

namespace laneway {

namespace {

Json rings_json(const VhostBlkConnection& connection) {
  Json rings = Json::array();
  for (const VhostBlkConnection::Ring& ring : connection.rings) {
    rings.push_back({{"index", ring.index},
                     {"size", ring.size},
                     {"enabled", ring.is_enabled},
                     {"running", ring.is_running},
                     {"in_flight", ring.in_flight}});
  }
  return rings;
}

Json connection_json(const VhostBlkConnection& connection) {
  return {{"broken", connection.is_broken},
          {"broken_reason", connection.broken_reason},
          {"peer_pid", connection.peer_pid},
          {"features", connection.features},
          {"protocol_features", connection.protocol_features},
          {"device_status", connection.device_status},
          {"writeback", connection.is_writeback},
          {"peer_inflight", connection.has_peer_inflight},
          {"memory_regions", connection.memory_regions},
          {"memory_bytes", connection.memory_bytes},
          {"rings", rings_json(connection)}};
}

Json latency_json(const LatencySummary& latency) {
  return {{"count", latency.count},       {"mean_ns", latency.mean_ns}, {"p50_ns", latency.p50_ns},
          {"p90_ns", latency.p90_ns},     {"p99_ns", latency.p99_ns},   {"p999_ns", latency.p999_ns},
          {"p9999_ns", latency.p9999_ns}, {"max_ns", latency.max_ns}};
}

}  // namespace

Json health_json(const DiskHealth& health) {
  Json occurrences = Json::object();
  for (const auto& [reason, times] : health.occurrences) occurrences[reason] = times;
  return {{"state", health_state_name(health.state)},
          {"reason", health.reason},
          {"remedy", health.remedy},
          {"occurrences", std::move(occurrences)}};
}

Json function_json(const FunctionReport& report) {
  const FunctionSpec& spec = report.spec;
  Json function = {{"name", spec.name},
                   {"state", function_state_name(report.state)},
                   {"reason", report.reason},
                   {"health", health_json(report.health)},
                   {"backend", disk_kind_name(spec.disk)},
                   {"description", report.description},
                   {"identity", report.identity},
                   {"capacity_bytes", report.geometry.capacity_bytes},
                   {"block_bytes", report.geometry.block_bytes},
                   {"read_only", spec.is_read_only || report.geometry.is_read_only},
                   {"serial", serial_of(spec)},
                   {"queues", spec.queues},
                   {"queue_size", spec.queue_size},
                   {"cache", cache_mode_name(spec.cache)},
                   {"deadline_s", spec.deadline_s},
                   {"socket_path", report.socket_path},
                   {"attached", report.is_attached},
                   {"driver_active", report.connection.is_driver_active}};
  function["queue_reactors"] = report.queue_reactors;
  function["limits"] = encode_limits(spec.limits);
  function["group"] = spec.group;
  if (!spec.origin.empty()) function["origin"] = spec.origin;
  if (spec.disk == DiskKind::file) function["path"] = spec.path;
  if (spec.disk == DiskKind::iscsi) {
    function["target"] = spec.paths.front().target;
    function["lun"] = spec.paths.front().lun;
    function["paths"] = path_list_json(report);
    encode_paths_spec(spec.path_rules, function);
  }
  if (report.is_attached) function["connection"] = connection_json(report.connection);
  return function;
}

std::string_view stage_name(IoStage stage, bool has_target) {
  return stage == IoStage::target && !has_target ? "disk" : io_stage_name(stage);
}

Json stages_json(const FunctionReport& report) {
  const bool has_target = report.spec.disk == DiskKind::iscsi;
  Json stages = Json::object();
  for (size_t i = 0; i < kIoStages; ++i) {
    const auto stage = static_cast<IoStage>(i);
    const bool is_of_targets = stage == IoStage::path || stage == IoStage::transfer;
    if (is_of_targets && !has_target) continue;
    const StageSummary& summary = report.stats.stages[i];
    Json entry = latency_json(summary.latency);
    entry["total_ns"] = summary.total_ns;
    entry["up_to"] = summary.up_to;
    stages[std::string(stage_name(stage, has_target))] = std::move(entry);
  }
  return stages;
}

Json function_stats_json(const FunctionReport& report) {
  const FunctionStatsSnapshot& stats = report.stats;
  return {{"name", report.spec.name},
          {"state", function_state_name(report.state)},
          {"reads", stats.reads},
          {"read_bytes", stats.read_bytes},
          {"writes", stats.writes},
          {"write_bytes", stats.write_bytes},
          {"flushes", stats.flushes},
          {"discards", stats.discards},
          {"discard_bytes", stats.discard_bytes},
          {"write_zeroes", stats.write_zeroes},
          {"write_zeroes_bytes", stats.write_zeroes_bytes},
          {"other_requests", stats.other_requests},
          {"errors", stats.errors},
          {"timeouts", stats.timeouts},
          {"refused", stats.refused},
          {"in_flight", stats.in_flight},
          {"kicks", stats.kicks},
          {"calls", stats.calls},
          {"cpu_ns", stats.cpu_ns},
          {"waiting", report.throttle.waiting},
          {"held", report.throttle.held},
          {"held_ns", report.throttle.held_ns},
          {"pool_waits", stats.pool_waits},
          {"ring_errors", stats.ring_errors},
          {"protocol_errors", stats.protocol_errors},
          {"connections", stats.connections},
          {"refused_connections", stats.refused_connections},
          {"stages", stages_json(report)},
          {"stage_bounds_ns", StageSummary::kBoundsNs},
          {"slow_requests", stats.slow_requests},
          {"slow_ns", stats.slow_ns},
          {"read_latency", latency_json(stats.read_latency)},
          {"write_latency", latency_json(stats.write_latency)},
          {"flush_latency", latency_json(stats.flush_latency)}};
}

Json function_limits_json(const FunctionReport& report) {
  return {{"name", report.spec.name},
          {"group", report.spec.group},
          {"limits", encode_limits(report.spec.limits)},
          {"waiting", report.throttle.waiting},
          {"held", report.throttle.held},
          {"held_ns", report.throttle.held_ns}};
}

Json group_json(const GroupReport& report) {
  Json members = Json::array();
  for (const GroupReport::Member& member : report.members) {
    members.push_back({{"name", member.name}, {"limits", encode_limits(member.limits)}});
  }
  Json group = encode_group_spec(report.spec);
  group["members"] = std::move(members);
  return group;
}

Json target_json(const TargetReport& report) {
  Json target = encode_target_spec(report.spec, Secrets::leave_out);
  target["functions"] = report.functions;
  return target;
}

Json session_faults_json(const SessionFaults::Counts& counts) {
  Json faults = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) faults[std::string(session_fault_name(static_cast<iscsi::SessionFault>(i)))] = counts[i];
  }
  return faults;
}

std::string_view path_state(const PathReport& path) {
  if (path.spec.is_out) return "out";
  bool is_ready = false;
  bool is_idle = true;
  for (const IscsiSessionReport& session : path.sessions) {
    if (session.is_active) return "active";
    is_ready = is_ready || session.state == IscsiLinkState::ready;
    is_idle = is_idle && session.state == IscsiLinkState::idle;
  }
  if (is_ready) return "standby";
  return is_idle ? "idle" : "failed";
}

Json path_list_json(const FunctionReport& report) {
  Json paths = Json::array();
  for (const PathReport& path : report.paths) {
    Json entry = encode_path(path.spec);
    entry["preferred"] = path.spec.is_preferred;
    entry["state"] = path_state(path);
    entry["address"] = "";
    entry["error"] = "";
    entry["sessions"] = Json::array();
    for (const IscsiSessionReport& session : path.sessions) {
      entry["address"] = session.portal;
      if (session.has_access) entry["access"] = scsi::access_state_name(session.access);
      if (!session.error.empty()) entry["error"] = session.error;
      entry["sessions"].push_back(session_json(session));
    }
    paths.push_back(std::move(entry));
  }
  return paths;
}

Json session_json(const IscsiSessionReport& report) {
  return {{"function", report.function},
          {"queue", report.queue_number},
          {"path", report.path},
          {"lun", report.lun},
          {"state", link_state_name(report.state)},
          {"portal", report.portal},
          {"error", report.error},
          {"logins", report.logins},
          {"reconnects", report.reconnects},
          {"replays", report.replays},
          {"fences", report.fences},
          {"retries", report.retries},
          {"timeouts", report.timeouts},
          {"read_bytes", report.read_bytes},
          {"written_bytes", report.written_bytes}};
}

Json reactor_json(const ReactorReport& report) {
  return {{"index", report.index},
          {"cpu", report.cpu ? Json(*report.cpu) : Json()},
          {"functions", report.functions},
          {"turns", report.counters.turns},
          {"busy_turns", report.counters.busy_turns},
          {"sleeps", report.counters.sleeps},
          {"cpu_time_ns", report.cpu_time_ns}};
}

}  // namespace laneway
