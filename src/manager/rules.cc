#include "manager/rules.h"

#include "manager/machine_status.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace laneway {

namespace {

std::string list_of(const std::vector<std::string>& names) {
  if (names.size() <= 5) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + 5, ", "), names.size() - 5);
}

// Fields that are what they are from the beginning.
Answer<void> check_fixed(const Resource& next, const Resource& before, std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    if (member(next.spec, field) == member(before.spec, field)) continue;
    return refuse(409,
                  fmt::format("Field 'spec.{}' of {} '{}' does not change", field, facts_of(next.kind).name, next.name),
                  "delete it and make another one", fmt::format("spec.{}", field));
  }
  return {};
}

Answer<void> check_named(Kind kind, const std::string& name, const std::string& field, const Catalog& catalog) {
  const std::optional<Resource> found = catalog.find(kind, name);
  const std::string_view what = facts_of(kind).name;
  if (!found) {
    return refuse(409, fmt::format("Field '{}' names {} '{}', which is not there", field, what, name), "make it first",
                  field);
  }
  if (!found->is_deleting) return {};
  return refuse(409, fmt::format("Field '{}' names {} '{}', which is being deleted", field, what, name),
                "wait for its end and make it again", field);
}

// Targets

std::vector<std::string> functions_on_target(std::string_view target, const Catalog& catalog) {
  std::vector<std::string> out;
  for (const std::string& volume : volumes_on_target(target, catalog)) {
    for (std::string& function : functions_on_volume(volume, catalog)) out.push_back(std::move(function));
  }
  return out;
}

Answer<void> check_target(const Resource& next, const Resource* before, const Catalog& catalog) {
  if (next.spec.contains("mutual_chap") && !next.spec.contains("chap")) {
    return refuse(400, "Field 'spec.mutual_chap' is given without spec.chap",
                  "give both, since a target proves itself only in return", "spec.mutual_chap");
  }
  for (const Resource& other : catalog.all(Kind::target)) {
    const bool is_same = other.name != next.name && member(other.spec, "iqn") == member(next.spec, "iqn") &&
                         member(other.spec, "portal") == member(next.spec, "portal");
    if (is_same) {
      return refuse(409, fmt::format("Target '{}' is this target at this portal already", other.name),
                    "use that one, or give another portal", "spec.portal");
    }
  }
  if (before == nullptr) return {};
  if (auto fixed = check_fixed(next, *before, {"iqn"}); !fixed) return fixed;
  const std::vector<std::string> functions = functions_on_target(next.name, catalog);
  if (functions.empty()) return {};
  return refuse(409,
                fmt::format("Target '{}' was not changed: it is used by function {}", next.name, list_of(functions)),
                "delete them first, or add the target with other settings under another name", "spec");
}

// Volumes

Answer<void> check_paths(const Resource& next, const Catalog& catalog) {
  std::vector<Json> places;
  size_t index = 0;
  for (const Json& path : member(next.spec, "paths")) {
    const std::string field = fmt::format("spec.paths[{}]", index++);
    if (auto named = check_named(Kind::target, text_at(path, "target"), field + ".target", catalog); !named)
      return named;
    Json place = {text_at(path, "target"), number_at(path, "lun"), text_at(path, "portal")};
    if (std::find(places.begin(), places.end(), place) != places.end()) {
      return refuse(400, fmt::format("Field '{}' is there twice", field), "leave one out", field);
    }
    places.push_back(std::move(place));
  }
  for (const Resource& other : catalog.all(Kind::volume)) {
    if (other.name == next.name) continue;
    for (const Json& path : member(other.spec, "paths")) {
      const Json place = {text_at(path, "target"), number_at(path, "lun"), text_at(path, "portal")};
      if (std::find(places.begin(), places.end(), place) == places.end()) continue;
      return refuse(409,
                    fmt::format("LUN {} of target '{}' is volume '{}' already", number_at(path, "lun"),
                                text_at(path, "target"), other.name),
                    "use that volume or another LUN", "spec.paths");
    }
  }
  return {};
}

Answer<void> check_volume(const Resource& next, const Resource* before, const Catalog& catalog) {
  if (before != nullptr) {
    if (auto fixed = check_fixed(next, *before, {"kind", "path", "block_bytes"}); !fixed) return fixed;
  }
  const uint64_t size = number_at(next.spec, "size_bytes");
  const uint64_t block = number_at(next.spec, "block_bytes", 512);
  if (size % block != 0) {
    return refuse(400, fmt::format("Field 'spec.size_bytes' is {}, which is no multiple of {}", size, block),
                  fmt::format("give {}", (size / block + 1) * block), "spec.size_bytes");
  }
  return check_paths(next, catalog);
}

// Functions and policies

Answer<void> check_bursts(const Json& limits) {
  for (const auto& [key, value] : limits.items()) {
    if (!key.ends_with("_burst")) continue;
    const std::string most = key.substr(0, key.size() - 5) + "max";
    if (number_at(limits, most) != 0) continue;
    return refuse(400, fmt::format("Field 'spec.limits.{}' is a burst beyond a maximum that is not set", key),
                  fmt::format("set {} too, or leave it out", most), "spec.limits." + key);
  }
  return {};
}

Answer<void> check_recreated(const Resource& next, const Resource& before, const Catalog& catalog) {
  const std::optional<Resource> volume = catalog.find(Kind::volume, text_at(next.spec, "volume"));
  if (!volume || text_at(volume->spec, "kind") != "memory" || text_at(next.spec, "desired") == "stopped") return {};
  for (const char* field : {"queues", "queue_size", "serial", "read_only", "cache", "deadline_s"}) {
    if (member(next.spec, field) == member(before.spec, field)) continue;
    return refuse(
        409,
        fmt::format("Field 'spec.{}' changes when a function is made anew, which empties its memory volume", field),
        "stop the function first (spec.desired: stopped)", fmt::format("spec.{}", field));
  }
  return {};
}

Answer<void> check_function(const Resource& next, const Resource* before, const Catalog& catalog) {
  if (before != nullptr) {
    if (auto fixed = check_fixed(next, *before, {"volume", "reactors", "socket_path"}); !fixed) return fixed;
  }
  const std::string volume = text_at(next.spec, "volume");
  if (auto named = check_named(Kind::volume, volume, "spec.volume", catalog); !named) return named;
  for (const std::string& other : functions_on_volume(volume, catalog)) {
    if (other == next.name) continue;
    return refuse(409, fmt::format("Volume '{}' is in use by function '{}'", volume, other),
                  "choose another volume, or delete that function first", "spec.volume");
  }
  const Json& limits = member(next.spec, "limits");
  if (auto checked = check_bursts(limits); !checked) return checked;
  const std::string policy = text_at(next.spec, "policy");
  std::string mode;
  if (!policy.empty()) {
    if (auto named = check_named(Kind::policy, policy, "spec.policy", catalog); !named) return named;
    mode = text_at(catalog.find(Kind::policy, policy)->spec, "mode");
  }
  for (const char* field : {"iops_min", "bytes_min"}) {
    if (number_at(limits, field) == 0 || mode == "shared") continue;
    return refuse(400, fmt::format("Field 'spec.limits.{}' is guaranteed against others of a shared policy", field),
                  "name one in spec.policy, or leave it out", fmt::format("spec.limits.{}", field));
  }
  return before == nullptr ? Answer<void>() : check_recreated(next, *before, catalog);
}

Answer<void> check_policy(const Resource& next, const Resource* before, const Catalog& catalog) {
  if (next.name == "none") return refuse(400, "Policy name 'none' means no policy", "choose another", "name");
  const Json& limits = member(next.spec, "limits");
  if (auto checked = check_bursts(limits); !checked) return checked;
  for (const char* field : {"iops_min", "bytes_min"}) {
    if (number_at(limits, field) == 0) continue;
    return refuse(400, fmt::format("Field 'spec.limits.{}' belongs to a function, not to a policy", field),
                  "set it in the function's own limits", fmt::format("spec.limits.{}", field));
  }
  if (before == nullptr || member(next.spec, "mode") == member(before->spec, "mode")) return {};
  if (functions_with_policy(next.name, catalog).empty()) return {};
  return refuse(409, fmt::format("Field 'spec.mode' of policy '{}' was not changed: functions use it", next.name),
                "make another policy and name that in the functions", "spec.mode");
}

}  // namespace

std::vector<std::string> functions_on_volume(std::string_view volume, const Catalog& catalog) {
  return catalog.naming(Kind::function, "volume", volume);
}

std::vector<std::string> functions_with_policy(std::string_view policy, const Catalog& catalog) {
  return catalog.naming(Kind::function, "policy", policy);
}

std::vector<std::string> volumes_on_target(std::string_view target, const Catalog& catalog) {
  std::vector<std::string> out;
  for (const Resource& volume : catalog.all(Kind::volume)) {
    const Json& paths = member(volume.spec, "paths");
    if (std::any_of(paths.begin(), paths.end(), [&](const Json& path) { return text_at(path, "target") == target; })) {
      out.push_back(volume.name);
    }
  }
  return out;
}

Answer<void> check_rules(const Resource& next, const Resource* before, const Catalog& catalog) {
  switch (next.kind) {
    case Kind::target:
      return check_target(next, before, catalog);
    case Kind::volume:
      return check_volume(next, before, catalog);
    case Kind::function:
      return check_function(next, before, catalog);
    case Kind::policy:
      return check_policy(next, before, catalog);
    default:
      return {};
  }
}

Answer<void> check_unused(const Resource& resource, const Catalog& catalog) {
  std::vector<std::string> users;
  std::string_view what = "function";
  if (resource.kind == Kind::volume) users = functions_on_volume(resource.name, catalog);
  if (resource.kind == Kind::policy) users = functions_with_policy(resource.name, catalog);
  if (resource.kind == Kind::target) {
    users = volumes_on_target(resource.name, catalog);
    what = "volume";
  }
  if (users.empty()) return {};
  return refuse(409,
                fmt::format("{} '{}' was not deleted: it is used by {} {}", facts_of(resource.kind).schema,
                            resource.name, what, list_of(users)),
                "delete what uses it first");
}

Answer<void> check_detached(const Resource& resource, const Catalog& catalog) {
  if (resource.kind != Kind::function) return {};
  const std::vector<std::string> machines = machines_with_function(resource.name, catalog);
  if (machines.empty()) return {};
  return refuse(
      409, fmt::format("Function '{}' was not deleted: it is a disk of machine {}", resource.name, list_of(machines)),
      "detach it first");
}

void drop_empty_limits(Json& spec) {
  const auto limits = spec.find("limits");
  if (limits == spec.end() || !limits->is_object()) return;
  for (auto it = limits->begin(); it != limits->end();) it = *it == 0 ? limits->erase(it) : std::next(it);
}

}  // namespace laneway
