#include "manager/engine_wish.h"

namespace laneway {

namespace {

constexpr const char* kLimits[] = {"iops_max",          "read_iops_max",   "write_iops_max",   "bytes_max",
                                   "read_bytes_max",    "write_bytes_max", "iops_burst",       "read_iops_burst",
                                   "write_iops_burst",  "bytes_burst",     "read_bytes_burst", "write_bytes_burst",
                                   "burst_duration_ms", "iops_min",        "bytes_min"};

void copy_fields(const Json& from, std::initializer_list<const char*> fields, Json& into) {
  for (const char* field : fields) {
    if (const Json& value = member(from, field); !value.is_null() && value != "") into[field] = value;
  }
}

// The function's own limits, and those of a policy for each where it has none.
Json limits_of(const Resource& function, const std::optional<Resource>& policy) {
  Json limits =
      policy && text_at(policy->spec, "mode") == "each" ? set_limits(member(policy->spec, "limits")) : Json::object();
  limits.update(set_limits(member(function.spec, "limits")));
  return limits;
}

void wish_for_volume(const Resource& volume, const EngineView& view, FunctionWish& wish) {
  const std::string kind = text_at(volume.spec, "kind");
  wish.params["backend"] = kind == "lun" ? "iscsi" : kind;
  if (kind != "lun") {
    copy_fields(volume.spec, {"path", "block_bytes"}, wish.params);
    wish.size_bytes = number_at(volume.spec, "size_bytes");
    // A size makes the file, and that is done once.
    const bool is_made = kind == "file" && flag_at(volume.notes, "is_made");
    if (volume.spec.contains("size_bytes") && !is_made) wish.params["capacity_bytes"] = volume.spec["size_bytes"];
    return;
  }
  copy_fields(volume.spec, {"paths", "path_policy", "failback_s", "one_task_set"}, wish.params);
  const std::string identity = text_at(volume.notes, "identity");
  if (!identity.empty()) wish.params["identity"] = identity;
  for (const Json& path : member(volume.spec, "paths")) {
    const std::string target = text_at(path, "target");
    if (view.find(Kind::target, target) == nullptr) {
      wish.waits_for = fmt::format("Waits for target '{}', which the engine is not logged in to.", target);
    }
  }
}

}  // namespace

Json set_limits(const Json& limits) {
  Json out = Json::object();
  for (const auto& [key, value] : limits.items()) {
    if (value != 0) out[key] = value;
  }
  return out;
}

Json all_limits(const Json& limits) {
  Json out = Json::object();
  for (const char* limit : kLimits) out[limit] = number_at(limits, limit);
  return out;
}

FunctionWish function_wish(const Resource& function, const Catalog& catalog, const EngineView& view) {
  FunctionWish wish;
  const std::optional<Resource> volume = catalog.find(Kind::volume, text_at(function.spec, "volume"));
  if (!volume) {
    wish.waits_for = fmt::format("Volume '{}' is not there; make it.", text_at(function.spec, "volume"));
    return wish;
  }
  const std::string policy_name = text_at(function.spec, "policy");
  const std::optional<Resource> policy = catalog.find(Kind::policy, policy_name);
  wish.params = {{"name", function.name}, {"origin", origin_of(function)}};
  copy_fields(function.spec,
              {"queues", "queue_size", "reactors", "serial", "read_only", "cache", "deadline_s", "socket_path"},
              wish.params);
  wish.params["limits"] = limits_of(function, policy);
  if (policy && text_at(policy->spec, "mode") == "shared") {
    wish.params["group"] = policy_name;
    if (view.find(Kind::policy, policy_name) == nullptr) {
      wish.waits_for = fmt::format("Waits for policy '{}', which the engine does not have yet.", policy_name);
    }
  }
  wish_for_volume(*volume, view, wish);
  return wish;
}

Json target_wish(const Resource& target) {
  Json params = {{"name", target.name}, {"origin", origin_of(target)}};
  for (const auto& [key, value] : target.spec.items()) {
    if (key != "chap" && key != "mutual_chap") params[key] = value;
  }
  return params;
}

Json group_wish(const Resource& policy) {
  return {{"name", policy.name}, {"origin", origin_of(policy)}, {"limits", set_limits(member(policy.spec, "limits"))}};
}

std::string full_portal(const std::string& portal) {
  const size_t bracket = portal.rfind(']');
  const size_t colon = portal.rfind(':');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  return has_port ? portal : portal + ":3260";
}

}  // namespace laneway
