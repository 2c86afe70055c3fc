#include "manager/testing/fake_engine.h"

#include <algorithm>

#include "manager/engine_wish.h"

namespace laneway {

namespace {

constexpr const char* kPathDefaults[] = {"state", "address", "error"};

tl::unexpected<Error> no_such(std::string_view what, const std::string& name) {
  return fail(ErrorCode::not_found, "There is no {} '{}'.", what, name);
}

bool is_look(std::string_view method) {
  return method == "engine.status" || method.ends_with(".list") || method.ends_with(".show") || method == "vf.stats" ||
         method == "vf.explain";
}

Json stats_of(const std::string& name) {
  Json stats = {{"name", name}, {"state", "serving"}, {"stages", {{"total", {{"count", 0}, {"total_ns", 0}}}}}};
  for (const char* latency : {"read_latency", "write_latency"}) stats[latency] = {{"count", 0}, {"p99_ns", 7}};
  for (const char* counter : {"reads", "read_bytes", "writes", "write_bytes", "errors", "in_flight", "waiting"}) {
    stats[counter] = 1;
  }
  return stats;
}

void set_path(Json& path, uint64_t number) {
  path["path"] = number;
  if (path.contains("portal")) path["portal"] = full_portal(text_at(path, "portal"));
  path["preferred"] = flag_at(path, "preferred");
  for (const char* field : kPathDefaults) path[field] = field == kPathDefaults[0] ? "active" : "";
}

}  // namespace

Result<Json> FakeEngine::call(std::string_view method, const Json& params, uint64_t) {
  const std::lock_guard lock(mutex_);
  if (is_down_) return fail(ErrorCode::unreachable, "No engine answers; start laneway-engine.");
  const auto refusal = refusals_.find(method);
  if (refusal != refusals_.end()) return tl::unexpected<Error>(refusal->second);
  if (!is_look(method)) calls_.emplace_back(method);
  return carry_out(std::string(method), params);
}

void FakeEngine::set_down(bool is_down) {
  const std::lock_guard lock(mutex_);
  is_down_ = is_down;
}

void FakeEngine::refuse(const std::string& method, std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  refusals_.erase(method);
  if (error) refusals_[method] = *error;
}

void FakeEngine::put(const std::string& list, const Json& thing) {
  const std::lock_guard lock(mutex_);
  lists_[list][text_at(thing, "name")] = thing;
}

Json FakeEngine::thing(const std::string& list, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto things = lists_.find(list);
  if (things == lists_.end() || !things->second.contains(name)) return {};
  return things->second.find(name)->second;
}

void FakeEngine::set_member(const std::string& list, const std::string& name, const std::string& key,
                            const Json& value) {
  const std::lock_guard lock(mutex_);
  lists_[list][name][key] = value;
}

std::vector<std::string> FakeEngine::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Json FakeEngine::list_of(const std::string& list) const {
  Json out = Json::array();
  const auto things = lists_.find(list);
  if (things == lists_.end()) return out;
  for (const auto& [name, thing] : things->second) {
    Json shown = thing;
    for (const auto& [function_name, function] :
         lists_.find("functions") == lists_.end() ? Things() : lists_.at("functions")) {
      if (list == "groups" && text_at(function, "group") == name) shown["members"].push_back({{"name", function_name}});
      for (const Json& path : member(function, "paths")) {
        if (list == "targets" && text_at(path, "target") == name) shown["functions"].push_back(function_name);
      }
    }
    out.push_back(std::move(shown));
  }
  return out;
}

void FakeEngine::set_events(uint64_t log, const Json& events) {
  const std::lock_guard lock(mutex_);
  log_ = log;
  events_ = events;
}

Json FakeEngine::events_after(uint64_t number) const {
  Json events = Json::array();
  for (const Json& event : events_) {
    if (number_at(event, "number") > number) events.push_back(event);
  }
  return {{"log", log_}, {"oldest", events_.empty() ? 0 : 1}, {"events", events}};
}

Result<Json> FakeEngine::carry_out(const std::string& method, const Json& params) {
  if (method == "events.list") return events_after(number_at(params, "after"));
  if (method == "engine.status") {
    return Json{{"version", "fake"}, {"pid", 4711}, {"uptime_s", 1}, {"rss_bytes", 1}, {"reactors", Json::array()}};
  }
  if (method == "origin.set") {
    Things& things = lists_[text_at(params, "kind") + "s"];
    const auto found = things.find(text_at(params, "name"));
    if (found == things.end()) return no_such(text_at(params, "kind"), text_at(params, "name"));
    found->second["origin"] = text_at(params, "origin");
    return params;
  }
  if (method == "engine.upgrade") return Json{{"version", "next"}, {"former_version", "fake"}, {"former_pid", 4711}};
  if (method == "reactor.list") return Json{{"reactors", {{{"index", 0}, {"functions", 0}}}}};
  if (method == "reactor.add") return Json{{"index", 1}, {"functions", 0}};
  if (method == "reactor.remove") return params;
  if (method.starts_with("target.")) return carry_out_target(method, params);
  if (method.starts_with("group.")) return carry_out_group(method, params);
  return carry_out_function(method, params);
}

Result<Json> FakeEngine::carry_out_target(const std::string& method, const Json& params) {
  if (method == "target.list") return Json{{"targets", list_of("targets")}};
  if (method == "target.discover") {
    const Json portal = {{"address", text_at(params, "portal")}, {"group", 1}};
    return Json{{"portal", text_at(params, "portal")}, {"targets", {{{"iqn", "iqn.a:b"}, {"portals", {portal}}}}}};
  }
  Things& targets = lists_["targets"];
  const std::string name = text_at(params, "name");
  const Json lun = {{"lun", 1}, {"identity", "naa.1"}, {"capacity_bytes", 1 << 20}, {"block_bytes", 512}};
  if (method == "target.login") {
    if (targets.contains(name)) return fail(ErrorCode::already_exists, "Target name '{}' is taken.", name);
    Json target = params;
    target["portal"] = full_portal(text_at(params, "portal"));
    target["chap_user"] = text_at(member(params, "chap"), "user");
    target["functions"] = Json::array();
    target.erase("chap");
    target.erase("mutual_chap");
    targets[name] = target;
    target["luns"] = {lun};
    return target;
  }
  if (!targets.contains(name)) return no_such("target", name);
  if (method == "target.logout") {
    for (const Json& target : list_of("targets")) {
      if (text_at(target, "name") == name && !member(target, "functions").empty()) {
        return fail(ErrorCode::in_use, "Target '{}' was not forgotten: it is in use.", name);
      }
    }
    targets.erase(name);
    return params;
  }
  Json shown = targets[name];
  shown["luns"] = {lun};
  shown["luns_error"] = "";
  return shown;
}

Result<Json> FakeEngine::carry_out_group(const std::string& method, const Json& params) {
  if (method == "group.list") return Json{{"groups", list_of("groups")}};
  Things& groups = lists_["groups"];
  const std::string name = text_at(params, "name");
  if (method == "group.create") {
    if (groups.contains(name))
      return fail(ErrorCode::already_exists, "Group '{}' was not created: the name is taken.", name);
    groups[name] = params;
    groups[name]["members"] = Json::array();
    return params;
  }
  if (!groups.contains(name)) return no_such("group", name);
  if (method == "group.delete") groups.erase(name);
  if (method == "group.limit") groups[name]["limits"] = set_limits(member(params, "limits"));
  return params;
}

Result<Json> FakeEngine::make_function(const Json& params) {
  Things& functions = lists_["functions"];
  const std::string name = text_at(params, "name");
  if (functions.contains(name))
    return fail(ErrorCode::already_exists, "Function '{}' was not created: the name is taken.", name);
  const std::string group = text_at(params, "group");
  if (!group.empty() && !lists_["groups"].contains(group)) return no_such("group", group);
  Json function = params;
  uint64_t number = 0;
  for (Json& path : function["paths"].is_array() ? function["paths"] : function["no_paths"]) {
    if (!lists_["targets"].contains(text_at(path, "target"))) return no_such("target", text_at(path, "target"));
    set_path(path, number++);
  }
  function.erase("no_paths");
  if (function["paths"].is_null()) function.erase("paths");
  const bool is_iscsi = text_at(params, "backend") == "iscsi";
  const Json defaults = {{"state", "serving"},
                         {"reason", ""},
                         {"attached", false},
                         {"driver_active", false},
                         {"group", ""},
                         {"limits", Json::object()},
                         {"serial", name.substr(0, 20)},
                         {"read_only", false},
                         {"capacity_bytes", 1 << 20},
                         {"block_bytes", 512},
                         {"identity", is_iscsi ? "naa.1" : ""},
                         {"socket_path", "/run/vf/" + name + ".sock"},
                         {"health", {{"state", "ok"}, {"reason", ""}, {"remedy", ""}}}};
  for (const auto& [key, value] : defaults.items()) {
    if (!function.contains(key)) function[key] = value;
  }
  const std::string expected = text_at(params, "identity", text_at(function, "identity"));
  if (is_iscsi && expected != "naa.1")
    return fail(ErrorCode::refused, "Function '{}' was not created: its LUN is disk naa.1.", name);
  functions[name] = function;
  return function;
}

Result<Json> FakeEngine::change_paths(const std::string& method, const Json& params, Json& function) {
  Json& paths = function["paths"];
  if (method == "path.list") {
    return Json{{"name", text_at(params, "name")}, {"paths", paths.is_array() ? paths : Json::array()}};
  }
  if (method == "path.policy") {
    function.update(params);
    return params;
  }
  if (method == "path.add") {
    Json path = params;
    path.erase("name");
    set_path(path, number_at(paths.back(), "path") + 1);
    paths.push_back(path);
    return params;
  }
  for (size_t i = 0; i < paths.size(); ++i) {
    if (number_at(paths[i], "path") != number_at(params, "path")) continue;
    if (method == "path.remove") {
      paths.erase(i);
    } else {
      paths[i]["state"] = method == "path.fail" ? "out" : "active";
    }
    return params;
  }
  return fail(ErrorCode::not_found, "Function '{}' has no path {}; path.list shows them.", text_at(params, "name"),
              number_at(params, "path"));
}

Result<Json> FakeEngine::carry_out_function(const std::string& method, const Json& params) {
  if (method == "vf.list") return Json{{"functions", list_of("functions")}};
  if (method == "vf.create") return make_function(params);
  Things& functions = lists_["functions"];
  const std::string name = text_at(params, "name");
  if (method == "vf.stats" && name.empty()) {
    Json all = Json::array();
    for (const auto& [each, function] : functions) all.push_back(stats_of(each));
    return Json{{"functions", all}};
  }
  const auto found = functions.find(name);
  if (found == functions.end()) return no_such("function", name);
  Json& function = found->second;
  if (method.starts_with("path.")) return change_paths(method, params, function);
  if (method == "vf.limit") {
    function["limits"] = set_limits(member(params, "limits"));
    function["group"] = text_at(params, "group");
  }
  if (method == "vf.explain") return Json{{"slow_ns", 1}, {"requests", Json::array()}};
  if (method == "vf.resize") {
    const uint64_t before = number_at(function, "capacity_bytes");
    function["capacity_bytes"] = number_at(params, "capacity_bytes", before);
    return Json{{"capacity_bytes", function["capacity_bytes"]}, {"old_capacity_bytes", before}};
  }
  if (method == "vf.stats") {
    Json stats = stats_of(name);
    stats["reads"] = ++reads_;
    return stats;
  }
  if (method != "vf.delete") return function;
  if (flag_at(function, "attached") && !flag_at(params, "force")) {
    return fail(ErrorCode::in_use, "Function '{}' was not deleted: a guest is attached; detach it first.", name);
  }
  functions.erase(found);
  return params;
}

}  // namespace laneway
