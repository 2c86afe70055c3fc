#include "engine/engine_service.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/clock.h"
#include "engine/keeper_question.h"
#include "engine/lun_facts_json.h"
#include "engine/names.h"
#include "engine/report_json.h"
#include "engine/sentence.h"
#include "rpc/fields.h"

namespace laneway {

namespace {

constexpr uint64_t kUpgradePatienceNs = 20 * kSecond;  // the keeper itself waits shorter
constexpr uint64_t kCpuMax = 4095;                     // the kernel's own limit is lower

// The only param, "name".
Result<std::string> name_param(const Json& params, const char* method) {
  FieldReader fields(params, method);
  std::string name = fields.text("name");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return name;
}

Result<void> no_params(const Json& params, const char* method) { return FieldReader(params, method).finish(); }

const char* keeper_word(KeeperTies* keeper) {
  if (keeper == nullptr) return "none";
  switch (keeper->holding()) {
    case KeeperLink::Holding::nothing:
      return "gone";
    case KeeperLink::Holding::some:
      return "filling";
    case KeeperLink::Holding::everything:
      return "complete";
  }
  return "gone";
}

// The second figure of /proc/self/statm, in pages.
uint64_t resident_bytes(const UniqueFd& memory_figures) {
  std::array<char, 256> text{};
  const ssize_t length = ::pread(memory_figures.get(), text.data(), text.size(), 0);
  const char* const begin = text.data();
  const char* const end = begin + std::max<ssize_t>(length, 0);
  const char* const space = std::find(begin, end, ' ');
  if (space == end) return 0;
  uint64_t pages = 0;
  std::from_chars(space + 1, end, pages);
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

EngineService::EngineService(EngineFacts facts, const Tables& tables)
    : facts_(std::move(facts)),
      reactors_(tables.reactors),
      targets_(tables.targets),
      functions_(tables.functions),
      qos_(tables.qos),
      events_(tables.events) {}

EngineService::Method EngineService::find(std::string_view method) {
  struct Named {
    std::string_view name;
    Method method;
  };
  static constexpr Named kMethods[] = {
      {"engine.status", &EngineService::engine_status},   {"engine.upgrade", &EngineService::engine_upgrade},
      {"reactor.list", &EngineService::reactor_list},     {"reactor.add", &EngineService::reactor_add},
      {"reactor.remove", &EngineService::reactor_remove}, {"target.discover", &EngineService::target_discover},
      {"target.login", &EngineService::target_login},     {"target.list", &EngineService::target_list},
      {"target.show", &EngineService::target_show},       {"target.logout", &EngineService::target_logout},
      {"vf.create", &EngineService::function_create},     {"vf.list", &EngineService::function_list},
      {"vf.move", &EngineService::function_move},         {"vf.show", &EngineService::function_show},
      {"vf.resize", &EngineService::function_resize},     {"vf.delete", &EngineService::function_delete},
      {"path.list", &EngineService::path_list},           {"path.add", &EngineService::path_add},
      {"path.remove", &EngineService::path_remove},       {"path.fail", &EngineService::path_fail},
      {"path.retry", &EngineService::path_retry},         {"path.policy", &EngineService::path_policy},
      {"vf.stats", &EngineService::function_stats},       {"vf.release", &EngineService::function_release},
      {"vf.explain", &EngineService::function_explain},   {"events.list", &EngineService::events_list},
      {"vf.limit", &EngineService::function_limit},       {"group.create", &EngineService::group_create},
      {"group.list", &EngineService::group_list},         {"group.show", &EngineService::group_show},
      {"group.limit", &EngineService::group_limit},       {"group.delete", &EngineService::group_delete},
      {"origin.set", &EngineService::origin_set}};
  for (const Named& each : kMethods) {
    if (each.name == method) return each.method;
  }
  return nullptr;
}

bool EngineService::has_method(std::string_view method) const { return find(method) != nullptr; }

Result<Json> EngineService::call(const std::string& method, const Json& params) {
  const Method found = find(method);
  LW_ASSERT(found != nullptr);
  Result<Json> result = (this->*found)(params);
  if (!result) result.error().message = sentence(std::move(result.error().message));
  return result;
}

Result<Json> EngineService::engine_status(const Json& params) {
  if (Result<void> read = no_params(params, "engine.status"); !read) return pass_on(read);
  const FunctionCounts counts = functions_.counts();
  MonotonicClock clock;
  return Json{{"version", facts_.version},
              {"pid", ::getpid()},
              {"uptime_s", (clock.now_ns() - facts_.started_ns) / kSecond},
              {"rss_bytes", resident_bytes(facts_.confinement.memory_figures)},
              {"state_dir", facts_.state_dir},
              {"run_dir", facts_.run_dir},
              {"initiator_name", targets_.initiator_name()},
              {"reactors", reactors_json()},
              {"functions_serving", counts.serving},
              {"functions_failed", counts.failed},
              {"functions_attached", counts.attached},
              {"targets", targets_.count()},
              {"keeper", keeper_word(facts_.keeper)},
              {"pause_ms", facts_.keeper != nullptr ? facts_.keeper->pause_ns() / kMillisecond : 0},
              {"lockdown",
               {{"confined", facts_.confinement.is_in_force},
                {"landlock", facts_.confinement.landlock_version},
                {"broker", facts_.confinement.has_broker}}}};
}

// The answer comes while this engine still serves; the successor has checked itself, and takes over at once.
Result<Json> EngineService::engine_upgrade(const Json& params) {
  FieldReader fields(params, "engine.upgrade");
  const std::string path = fields.text("path");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (facts_.keeper == nullptr) {
    return fail(ErrorCode::unsupported,
                "The engine was not upgraded: no keeper started it; start laneway-keeper instead of laneway-engine.");
  }
  Result<Answer> answer =
      ask_keeper(facts_.keeper->link(), PacketKind::upgrade, bytes_of_text(path), {}, kUpgradePatienceNs);
  if (!answer) {
    return fail(answer.error().code, "The engine was not upgraded: {}", clause(answer.error().message));
  }
  return Json{{"version", answer->text}, {"former_version", facts_.version}, {"former_pid", ::getpid()}};
}

// Reactors

Json EngineService::reactors_json() const {
  Json reactors = Json::array();
  for (const ReactorReport& report : reactors_.report()) reactors.push_back(reactor_json(report));
  return reactors;
}

Result<Json> EngineService::reactor_list(const Json& params) {
  if (Result<void> read = no_params(params, "reactor.list"); !read) return pass_on(read);
  return Json{{"reactors", reactors_json()}};
}

Result<Json> EngineService::reactor_add(const Json& params) {
  FieldReader fields(params, "reactor.add");
  std::optional<uint32_t> cpu;
  const auto number = static_cast<uint32_t>(fields.number_or("cpu", {0, kCpuMax}, 0));
  if (fields.has("cpu")) cpu = number;
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<ReactorReport> added = reactors_.add(cpu);
  if (!added) return fail(added.error().code, "No reactor was added: {}", clause(added.error().message));
  log_info("Reactor {} was added", added->index);
  return reactor_json(*added);
}

Result<Json> EngineService::reactor_remove(const Json& params) {
  FieldReader fields(params, "reactor.remove");
  const auto index = static_cast<uint32_t>(fields.number("index", {0, ReactorPool::kCountMax - 1}));
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<void> removed = reactors_.retire(index);
  if (removed) {
    removed = functions_.vacate(index);
    if (removed) removed = reactors_.remove(index);
    if (!removed) reactors_.reinstate(index);
  }
  if (!removed) {
    return fail(removed.error().code, "Reactor {} was not removed: {}", index, clause(removed.error().message));
  }
  log_info("Reactor {} was removed", index);
  return Json{{"index", index}};
}

// Targets

Result<Json> EngineService::target_discover(const Json& params) {
  FieldReader fields(params, "target.discover");
  const std::string text = fields.text("portal");
  const Json& chap_object = fields.object("chap");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<iscsi::ChapCredentials> chap = decode_credentials(chap_object, "chap");
  if (!chap) return pass_on(chap);
  Result<IscsiPortal> portal = decode_portal(text);
  if (!portal) return pass_on(portal);
  Result<std::vector<iscsi::DiscoveredTarget>> found = targets_.discover(*portal, *chap);
  if (!found) return pass_on(found);
  Json targets = Json::array();
  for (const iscsi::DiscoveredTarget& target : *found) {
    Json portals = Json::array();
    for (const iscsi::DiscoveredPortal& each : target.portals) {
      const IscsiPortal address{each.host.empty() ? portal->host : each.host, each.port};
      portals.push_back({{"address", portal_text(address)}, {"group", each.portal_group_tag}});
    }
    if (portals.empty()) portals.push_back({{"address", portal_text(*portal)}, {"group", 0}});
    targets.push_back({{"iqn", target.name}, {"portals", std::move(portals)}});
  }
  return Json{{"portal", portal_text(*portal)}, {"targets", std::move(targets)}};
}

// With the function that uses each LUN, where one does.
Json EngineService::luns_json(const TargetReport& report) {
  const std::vector<FunctionReport> functions = functions_.reports(FunctionTable::Detail::counters);
  Json luns = Json::array();
  for (const LunFacts& facts : report.luns) {
    Json lun = encode_lun_facts(facts);
    for (const FunctionReport& function : functions) {
      const bool is_same =
          std::any_of(function.spec.paths.begin(), function.spec.paths.end(),
                      [&](const PathSpec& path) { return path.target == report.spec.name && path.lun == facts.lun; });
      const bool is_same_disk = !facts.identity.empty() && function.identity == facts.identity;
      if (function.spec.disk == DiskKind::iscsi && (is_same || is_same_disk)) lun["function"] = function.spec.name;
    }
    luns.push_back(std::move(lun));
  }
  return luns;
}

Result<Json> EngineService::target_login(const Json& params) {
  Result<TargetSpec> spec = decode_target_spec(params, "target.login");
  if (!spec) return pass_on(spec);
  Result<TargetReport> report = targets_.login(*spec);
  if (!report) return pass_on(report);
  Json target = target_json(*report);
  target["luns"] = luns_json(*report);
  return target;
}

Result<Json> EngineService::target_list(const Json& params) {
  if (Result<void> read = no_params(params, "target.list"); !read) return pass_on(read);
  Json targets = Json::array();
  for (const TargetReport& report : targets_.list()) targets.push_back(target_json(report));
  return Json{{"targets", std::move(targets)}};
}

Result<Json> EngineService::target_show(const Json& params) {
  Result<std::string> name = name_param(params, "target.show");
  if (!name) return pass_on(name);
  Result<TargetReport> report = targets_.show(*name);
  if (!report) return pass_on(report);
  Json target = target_json(*report);
  target["luns"] = luns_json(*report);
  target["luns_error"] = report->luns_error;
  Json sessions = Json::array();
  for (const IscsiSessionReport& session : report->sessions) sessions.push_back(session_json(session));
  target["sessions"] = std::move(sessions);
  target["session_faults"] = session_faults_json(report->session_faults);
  return target;
}

Result<Json> EngineService::target_logout(const Json& params) {
  Result<std::string> name = name_param(params, "target.logout");
  if (!name) return pass_on(name);
  if (Result<void> gone = targets_.logout(*name); !gone) return pass_on(gone);
  return Json{{"name", *name}};
}

// Functions

Result<Json> EngineService::function_create(const Json& params) {
  Result<FunctionSpec> spec = decode_function_spec(params, "vf.create", SpecSource::operator_call);
  if (!spec) return pass_on(spec);
  Result<FunctionReport> report = functions_.create(std::move(*spec));
  if (!report) return pass_on(report);
  return function_json(*report);
}

Result<Json> EngineService::function_list(const Json& params) {
  if (Result<void> read = no_params(params, "vf.list"); !read) return pass_on(read);
  Json functions = Json::array();
  for (const FunctionReport& report : functions_.reports(FunctionTable::Detail::connection)) {
    functions.push_back(function_json(report));
  }
  return Json{{"functions", std::move(functions)}};
}

Result<Json> EngineService::function_show(const Json& params) {
  Result<std::string> name = name_param(params, "vf.show");
  if (!name) return pass_on(name);
  Result<FunctionReport> report = functions_.report(*name);
  if (!report) return pass_on(report);
  return function_json(*report);
}

Result<Json> EngineService::function_resize(const Json& params) {
  FieldReader fields(params, "vf.resize");
  const std::string name = fields.text("name");
  const uint64_t capacity_bytes = fields.number_or("capacity_bytes", {1, uint64_t{1} << 60}, 0);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<FunctionTable::Resized> resized = functions_.resize(name, capacity_bytes);
  if (!resized) return pass_on(resized);
  return Json{
      {"name", name}, {"capacity_bytes", resized->capacity_bytes}, {"old_capacity_bytes", resized->old_capacity_bytes}};
}

Result<Json> EngineService::function_move(const Json& params) {
  FieldReader fields(params, "vf.move");
  const std::string name = fields.text("name");
  std::optional<uint32_t> queue;
  const auto number = static_cast<uint32_t>(fields.number_or("queue", {0, VhostBlkOptions::kQueuesMax - 1}, 0));
  if (fields.has("queue")) queue = number;
  const auto reactor = static_cast<uint32_t>(fields.number("reactor", {0, ReactorPool::kCountMax - 1}));
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<FunctionReport> report = functions_.move(name, queue, reactor);
  if (!report) return pass_on(report);
  return function_json(*report);
}

Result<Json> EngineService::function_delete(const Json& params) {
  FieldReader fields(params, "vf.delete");
  const std::string name = fields.text("name");
  const bool is_forced = fields.flag_or("force", false);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (Result<void> gone = functions_.remove(name, is_forced); !gone) return pass_on(gone);
  return Json{{"name", name}};
}

Result<Json> EngineService::function_release(const Json& params) {
  Result<std::string> name = name_param(params, "vf.release");
  if (!name) return pass_on(name);
  Result<FunctionReport> report = functions_.release(*name);
  if (!report) return pass_on(report);
  return function_json(*report);
}

// One function's counters, or without a name those of all.
Result<Json> EngineService::function_stats(const Json& params) {
  FieldReader fields(params, "vf.stats");
  const std::string name = fields.text_or("name", "");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  if (!name.empty()) {
    Result<FunctionReport> report = functions_.report(name);
    if (!report) return pass_on(report);
    return function_stats_json(*report);
  }
  Json functions = Json::array();
  for (const FunctionReport& report : functions_.reports(FunctionTable::Detail::counters)) {
    functions.push_back(function_stats_json(report));
  }
  return Json{{"functions", std::move(functions)}};
}

// Quality of service

Result<Json> EngineService::function_limit(const Json& params) {
  FieldReader fields(params, "vf.limit");
  const std::string name = fields.text("name");
  const Json& limits = fields.object("limits");
  std::optional<std::string> group;
  if (fields.has("group")) group = fields.text_or("group", "");
  (void)fields.text_or("group", "");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<LimitChange> change = decode_limit_change(limits, "vf.limit");
  if (!change) return pass_on(change);
  change->group = group;
  Result<FunctionReport> report = change->is_empty() ? functions_.report(name) : functions_.limit(name, *change);
  if (!report) return pass_on(report);
  return function_limits_json(*report);
}

Result<Json> EngineService::group_create(const Json& params) {
  Result<GroupSpec> spec = decode_group_spec(params, "group.create");
  if (!spec) return pass_on(spec);
  Result<GroupReport> report = qos_.create_group(*spec);
  if (!report) return pass_on(report);
  return group_json(*report);
}

Result<Json> EngineService::group_list(const Json& params) {
  if (Result<void> read = no_params(params, "group.list"); !read) return pass_on(read);
  Json groups = Json::array();
  for (const GroupReport& report : qos_.groups()) groups.push_back(group_json(report));
  return Json{{"groups", std::move(groups)}};
}

Result<Json> EngineService::group_show(const Json& params) {
  Result<std::string> name = name_param(params, "group.show");
  if (!name) return pass_on(name);
  Result<GroupReport> report = qos_.group(*name);
  if (!report) return pass_on(report);
  return group_json(*report);
}

Result<Json> EngineService::group_limit(const Json& params) {
  FieldReader fields(params, "group.limit");
  const std::string name = fields.text("name");
  const Json& limits = fields.object("limits");
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<LimitChange> change = decode_limit_change(limits, "group.limit");
  if (!change) return pass_on(change);
  Result<GroupReport> report = qos_.limit_group(name, *change);
  if (!report) return pass_on(report);
  return group_json(*report);
}

Result<Json> EngineService::group_delete(const Json& params) {
  Result<std::string> name = name_param(params, "group.delete");
  if (!name) return pass_on(name);
  if (Result<void> gone = qos_.remove_group(*name); !gone) return pass_on(gone);
  return Json{{"name", *name}};
}

// Who manages what

Result<Json> EngineService::origin_set(const Json& params) {
  FieldReader fields(params, "origin.set");
  const std::string kind = fields.choice("kind", {"target", "group", "function"}, "function");
  const std::string name = fields.text("name");
  const std::string origin = read_origin(fields);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  Result<void> set = kind == "target"  ? targets_.set_origin(name, origin)
                     : kind == "group" ? qos_.set_origin(name, origin)
                                       : functions_.set_origin(name, origin);
  if (!set) return pass_on(set);
  return Json{{"name", name}, {"origin", origin}};
}

}  // namespace laneway
