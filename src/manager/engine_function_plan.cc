#include "manager/engine_function_plan.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr size_t kSerialBytes = 20;  // virtio-blk's

bool is_iscsi(const Json& wish) { return text_at(wish, "backend") == "iscsi"; }

// Fields that are what they are from vf.create on. Empty: all are as wished.
std::string first_fixed_difference(const Json& wish, const Json& known) {
  for (const char* field : {"backend", "queues", "queue_size", "cache", "deadline_s", "path"}) {
    if (wish.contains(field) && member(known, field) != wish[field]) return field;
  }
  const std::string name = text_at(wish, "name");
  if (text_at(known, "serial") != text_at(wish, "serial", name.substr(0, kSerialBytes))) return "serial";
  if (wish.contains("socket_path") && wish["socket_path"] != member(known, "socket_path")) return "socket_path";
  // A LUN may be write-protected by itself.
  const bool wants_read_only = flag_at(wish, "read_only");
  if (wants_read_only != flag_at(known, "read_only") && (wants_read_only || !is_iscsi(wish))) return "read_only";
  const bool has_blocks = wish.contains("block_bytes") && number_at(known, "capacity_bytes") != 0;
  return has_blocks && wish["block_bytes"] != member(known, "block_bytes") ? "block_bytes" : "";
}

bool is_same_place(const Json& wanted, const Json& known) {
  if (member(wanted, "target") != member(known, "target") || member(wanted, "lun") != member(known, "lun"))
    return false;
  const std::string portal = text_at(wanted, "portal");
  return (portal.empty() ? "" : full_portal(portal)) == text_at(known, "portal");
}

const Json* place_in(const Json& list, const Json& wanted, bool wanted_is_known) {
  for (const Json& each : list) {
    if (wanted_is_known ? is_same_place(each, wanted) : is_same_place(wanted, each)) return &each;
  }
  return nullptr;
}

// Added before the last of the former ones is removed: the disk is reached all the time.
std::vector<EngineCall> path_calls(const Json& wish, const Json& known) {
  const Json name = member(wish, "name");
  std::vector<EngineCall> calls;
  for (const Json& wanted : member(wish, "paths")) {
    if (place_in(member(known, "paths"), wanted, false) != nullptr) continue;
    Json params = wanted;
    params["name"] = name;
    calls.push_back({"path.add", std::move(params)});
  }
  for (const Json& path : member(known, "paths")) {
    if (place_in(member(wish, "paths"), path, true) != nullptr) continue;
    calls.push_back({"path.remove", {{"name", name}, {"path", number_at(path, "path")}}});
  }
  Json rules = {{"name", name}};
  for (const char* rule : {"path_policy", "failback_s", "one_task_set"}) {
    if (wish.contains(rule) && member(known, rule) != wish[rule]) rules[rule] = wish[rule];
  }
  if (rules.size() > 1) calls.push_back({"path.policy", std::move(rules)});
  return calls;
}

bool is_size_wished(uint64_t wanted, const Json& known) {
  const uint64_t have = number_at(known, "capacity_bytes");
  return wanted == 0 || have == 0 || wanted == have;
}

}  // namespace

FunctionStep next_function_step(const FunctionWish& function, const Json& known) {
  const Json& wish = function.params;
  const Json name = member(wish, "name");
  if (const std::string field = first_fixed_difference(wish, known); !field.empty()) {
    if (flag_at(known, "attached")) {
      return {"",
              {},
              fmt::format("'{}' changes when the function is made anew, and a guest is attached; detach it, or "
                          "stop the machine.",
                          field)};
    }
    return {"Makes the function anew", {{"vf.delete", {{"name", name}, {"force", false}}}, {"vf.create", wish}}, ""};
  }
  if (!is_size_wished(function.size_bytes, known)) {
    return {"Changes the size", {{"vf.resize", {{"name", name}, {"capacity_bytes", function.size_bytes}}}}, ""};
  }
  const std::string group = text_at(wish, "group");
  if (member(wish, "limits") != member(known, "limits") || group != text_at(known, "group")) {
    return {"Changes the limits",
            {{"vf.limit", {{"name", name}, {"limits", all_limits(member(wish, "limits"))}, {"group", group}}}},
            ""};
  }
  if (!is_iscsi(wish)) return {};
  return {"Changes the paths", path_calls(wish, known), ""};
}

}  // namespace laneway
