#pragma once
// PathSpec is one way to a function's disk as operators say it: a LUN of a remembered target, and PathsSpec how several
// are used; with their JSON forms, in the state file, as params and in answers. Plain values. Any thread.

#include <optional>
#include <string>
#include <vector>

#include "backend/iscsi_portal.h"
#include "backend/multipath_paths.h"
#include "base/result.h"
#include "rpc/fields.h"

namespace laneway {

constexpr uint64_t kLunMax = 16383;  // flat space addressing, SAM-5 4.7

struct PathSpec {
  uint32_t id = 0;  // unique among the function's paths
  std::string target;
  uint64_t lun = 0;
  std::optional<IscsiPortal> portal;  // none: the target's own
  bool is_preferred = false;
  bool is_out = false;  // an operator took it out

  bool is_same_place(const PathSpec& other) const {
    return target == other.target && lun == other.lun && portal == other.portal;
  }
};

struct PathsSpec {
  PathPolicy policy = PathPolicy::queue_depth;
  uint64_t failback_s = 10;
  bool is_one_task_set = false;  // a reset over any path ends the tasks of all, although their targets' names differ
  friend bool operator==(const PathsSpec&, const PathsSpec&) = default;

  PathRules rules() const { return {policy, failback_s * kSecond}; }
};

// What is absent stays as it is.
struct PathsChange {
  std::optional<PathPolicy> policy;
  std::optional<uint64_t> failback_s;
  std::optional<bool> is_one_task_set;

  PathsSpec applied_to(PathsSpec spec) const;
};

std::string_view path_policy_name(PathPolicy policy);
// "path 2 (LUN 1 of target vol1 at 10.0.0.2:3260)"
std::string path_text(const PathSpec& path);

// The fields of a path that are neither its number nor its state: target, lun, portal, preferred. `lun`: where none is
// given.
PathSpec read_path_place(FieldReader& fields, std::optional<uint64_t> lun = std::nullopt);
// An entry of a list; its number and state as well where they are there.
Result<PathSpec> decode_path(const Json& object, const std::string& subject);
Json encode_path(const PathSpec& path);
// path_policy, failback_s, one_task_set.
PathsChange read_paths_change(FieldReader& fields);
void encode_paths_spec(const PathsSpec& spec, Json& into);

}  // namespace laneway
