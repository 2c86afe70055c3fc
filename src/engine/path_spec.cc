#include "engine/path_spec.h"

namespace laneway {

namespace {

constexpr uint64_t kFailbackMaxS = 24 * 3600;

PathPolicy path_policy_of(std::string_view name) {
  for (const PathPolicy policy : {PathPolicy::failover, PathPolicy::round_robin, PathPolicy::service_time}) {
    if (name == path_policy_name(policy)) return policy;
  }
  return PathPolicy::queue_depth;
}

}  // namespace

std::string_view path_policy_name(PathPolicy policy) {
  switch (policy) {
    case PathPolicy::failover:
      return "failover";
    case PathPolicy::round_robin:
      return "round-robin";
    case PathPolicy::queue_depth:
      return "queue-depth";
    case PathPolicy::service_time:
      return "service-time";
  }
  return "queue-depth";
}

std::string path_text(const PathSpec& path) {
  return fmt::format("path {} (LUN {} of target {}{})", path.id, path.lun, path.target,
                     path.portal ? " at " + portal_text(*path.portal) : std::string());
}

PathSpec read_path_place(FieldReader& fields, std::optional<uint64_t> lun) {
  PathSpec path;
  path.target = fields.text("target");
  path.lun = lun ? fields.number_or("lun", {0, kLunMax}, *lun) : fields.number("lun", {0, kLunMax});
  const std::string portal = fields.text_or("portal", "");
  path.is_preferred = fields.flag_or("preferred", false);
  if (portal.empty()) return path;
  Result<IscsiPortal> decoded = decode_portal(portal);
  if (decoded) path.portal = std::move(*decoded);
  if (!decoded) fields.refuse("portal", "is wrong: " + decoded.error().message);
  return path;
}

Result<PathSpec> decode_path(const Json& object, const std::string& subject) {
  FieldReader fields(object, subject);
  PathSpec path = read_path_place(fields);
  path.id = static_cast<uint32_t>(fields.number_or("path", {0, UINT32_MAX - 1}, 0));
  path.is_out = fields.flag_or("out", false);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return path;
}

Json encode_path(const PathSpec& path) {
  Json object = {{"path", path.id}, {"target", path.target}, {"lun", path.lun}};
  if (path.portal) object["portal"] = portal_text(*path.portal);
  if (path.is_preferred) object["preferred"] = true;
  if (path.is_out) object["out"] = true;
  return object;
}

PathsChange read_paths_change(FieldReader& fields) {
  PathsChange change;
  const std::string policy =
      fields.choice("path_policy", {"failover", "round-robin", "queue-depth", "service-time"}, "queue-depth");
  if (fields.has("path_policy")) change.policy = path_policy_of(policy);
  const uint64_t failback_s = fields.number_or("failback_s", {0, kFailbackMaxS}, 0);
  if (fields.has("failback_s")) change.failback_s = failback_s;
  const bool is_one_task_set = fields.flag_or("one_task_set", false);
  if (fields.has("one_task_set")) change.is_one_task_set = is_one_task_set;
  return change;
}

PathsSpec PathsChange::applied_to(PathsSpec spec) const {
  spec.policy = policy.value_or(spec.policy);
  spec.failback_s = failback_s.value_or(spec.failback_s);
  spec.is_one_task_set = is_one_task_set.value_or(spec.is_one_task_set);
  return spec;
}

void encode_paths_spec(const PathsSpec& spec, Json& into) {
  into["path_policy"] = path_policy_name(spec.policy);
  into["failback_s"] = spec.failback_s;
  into["one_task_set"] = spec.is_one_task_set;
}

}  // namespace laneway
