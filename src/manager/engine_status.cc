#include "manager/engine_status.h"

#include "manager/first_status.h"
#include "manager/rules.h"

namespace laneway {

namespace {

void copy_fields(const Json& from, std::initializer_list<const char*> fields, Json& into) {
  for (const char* field : fields) {
    if (const Json& value = member(from, field); !value.is_null()) into[field] = value;
  }
}

// State and reason of what the engine does not have, or where it is not known whether it does.
Json absent_status(const Resource& resource, const EngineView& view, const std::string& error) {
  Json status = resource.status.empty() ? first_status(resource) : resource.status;
  status["reason"] = view.is_up ? error : view.reason;
  if (resource.is_deleting) {
    status["state"] = "deleting";
    return status;
  }
  status["state"] = !view.is_up ? "unknown" : error.empty() ? "pending" : "failed";
  return status;
}

Json sessions_of(const std::string& target, const EngineView& view) {
  Json sessions = Json::array();
  for (const auto& [name, function] : view.functions) {
    for (const Json& path : member(function, "paths")) {
      if (text_at(path, "target") != target) continue;
      Json session = {{"function", name}, {"path", number_at(path, "path")}, {"portal", text_at(path, "address")}};
      copy_fields(path, {"state", "error"}, session);
      sessions.push_back(std::move(session));
    }
  }
  return sessions;
}

Json paths_of(const Json& known) {
  Json paths = Json::array();
  for (const Json& path : member(known, "paths")) {
    Json shown = Json::object();
    copy_fields(path, {"path", "target", "lun", "state", "address", "error", "preferred"}, shown);
    paths.push_back(std::move(shown));
  }
  return paths;
}

}  // namespace

Json luns_of(const Json& answer) {
  Json luns = Json::array();
  for (const Json& lun : member(answer, "luns")) {
    Json shown = Json::object();
    copy_fields(lun, {"lun", "identity", "capacity_bytes", "block_bytes", "vendor", "product", "function"}, shown);
    luns.push_back(std::move(shown));
  }
  return luns;
}

Json target_status(const Resource& target, const EngineView& view, const std::string& error) {
  const Json* known = view.find(Kind::target, target.name);
  if (known == nullptr) return absent_status(target, view, error);
  Json status = target.status;
  status["state"] = target.is_deleting ? "deleting" : "ready";
  status["reason"] = error;
  status["observed_generation"] = observed_generation(*known, target);
  status["secrets"] = first_status(target)["secrets"];
  status["functions"] = member(*known, "functions");
  status["sessions"] = sessions_of(target.name, view);
  return status;
}

Json function_status(const Resource& function, const EngineView& view, const std::string& error) {
  const Json* known = view.find(Kind::function, function.name);
  if (known == nullptr) {
    Json status = absent_status(function, view, error);
    if (!view.is_up) return status;
    Json absent = first_status(function);
    absent["state"] = status["state"];
    absent["reason"] = status["reason"];
    const bool is_stopped = text_at(function.spec, "desired") == "stopped" && !function.is_deleting && error.empty();
    if (!is_stopped) return absent;
    absent["state"] = "stopped";
    absent["observed_generation"] = function.generation;
    return absent;
  }
  Json status = {{"state", function.is_deleting ? "deleting" : text_at(*known, "state")},
                 {"reason", error.empty() ? text_at(*known, "reason") : error},
                 {"observed_generation", observed_generation(*known, function)}};
  copy_fields(*known, {"attached", "driver_active", "identity", "capacity_bytes", "block_bytes", "socket_path"},
              status);
  status["health"] = Json::object();
  copy_fields(member(*known, "health"), {"state", "reason", "remedy"}, status["health"]);
  if (known->contains("paths")) status["paths"] = paths_of(*known);
  return status;
}

Json policy_status(const Resource& policy, const EngineView& view, const std::string& error, const Catalog& catalog) {
  Json status = absent_status(policy, view, error);
  const Json* known = view.find(Kind::policy, policy.name);
  const bool is_each = text_at(policy.spec, "mode") == "each";
  if ((known != nullptr || is_each) && view.is_up && !policy.is_deleting) {
    status["state"] = error.empty() ? "ready" : "failed";
    status["observed_generation"] = is_each ? policy.generation : observed_generation(*known, policy);
  }
  status["functions"] = functions_with_policy(policy.name, catalog);
  return status;
}

Json volume_status(const Resource& volume, const EngineView& view, const Catalog& catalog) {
  const std::vector<std::string> functions = functions_on_volume(volume.name, catalog);
  Json status = {{"state", functions.empty() ? "free" : "in_use"}, {"functions", functions}};
  const std::string identity = text_at(volume.notes, "identity");
  if (!identity.empty()) status["identity"] = identity;
  for (const std::string& function : functions) {
    const Json* known = view.find(Kind::function, function);
    if (known == nullptr) continue;
    const uint64_t capacity = number_at(*known, "capacity_bytes");
    if (capacity != 0) status["size_bytes"] = capacity;
  }
  return status;
}

}  // namespace laneway
