// Paths of functions: added, removed, taken out and back under I/O, and remembered.
#include <algorithm>

#include "base/log.h"
#include "engine/function_table.h"
#include "engine/sentence.h"

namespace laneway {

namespace {

PathSpec* find_path(FunctionSpec& spec, uint32_t id) {
  const auto found = std::find_if(spec.paths.begin(), spec.paths.end(), [id](const PathSpec& p) { return p.id == id; });
  return found == spec.paths.end() ? nullptr : &*found;
}

tl::unexpected<Error> no_path(uint32_t id) {
  return fail(ErrorCode::not_found, "it has no path {}; laneway path list shows those it has.", id);
}

bool is_last_in(const FunctionSpec& spec, uint32_t id) {
  return std::none_of(spec.paths.begin(), spec.paths.end(),
                      [id](const PathSpec& path) { return path.id != id && !path.is_out; });
}

}  // namespace

// Carries out `change` on a copy of the function's spec and on its open paths, and remembers the copy.
template <typename Change>
Result<FunctionReport> FunctionTable::change_paths(const std::string& name, const char* outcome, Change change) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  Entry& entry = **taken;
  Result<void> changed;
  if (entry.spec.disk != DiskKind::iscsi) {
    changed = fail(ErrorCode::unsupported, "it is not on an iSCSI target, and only such functions have paths");
  } else if (entry.served == nullptr || entry.served->paths() == nullptr) {
    changed = fail(ErrorCode::io, "{}", entry.reason.empty() ? "it is not served" : entry.reason);
  } else {
    FunctionSpec next = entry.spec;
    changed = change(next, *entry.served->paths());
    if (changed) changed = remember(next);
    const std::lock_guard lock(mutex_);
    if (changed) entry.spec = std::move(next);
  }
  give_back(entry);
  if (!changed) {
    return fail(changed.error().code, "Function '{}': {}: {}", name, outcome, clause(changed.error().message));
  }
  return report(name);
}

Result<FunctionReport> FunctionTable::add_path(const std::string& name, PathSpec path) {
  return change_paths(name, "the path was not added", [&](FunctionSpec& spec, DiskPaths& paths) -> Result<void> {
    for (const PathSpec& other : spec.paths) {
      if (other.is_same_place(path)) return fail(ErrorCode::already_exists, "{} is that way already", path_text(other));
      path.id = std::max(path.id, other.id + 1);
    }
    if (spec.paths.size() >= LunPaths::kPathsMax) {
      return fail(ErrorCode::invalid_argument, "it has {} paths, the most there may be; remove one first",
                  spec.paths.size());
    }
    if (Result<void> unused = check_places(spec, {path}); !unused) return unused;
    if (Result<void> added = paths.add(path); !added) return added;
    spec.paths.push_back(path);
    if (Result<void> remembered = remember(spec); !remembered) {
      (void)paths.remove(path.id);
      return remembered;
    }
    log_info("Function '{}' has {} now", name, path_text(path));
    return {};
  });
}

Result<FunctionReport> FunctionTable::remove_path(const std::string& name, uint32_t id) {
  return change_paths(name, "the path was not removed", [&](FunctionSpec& spec, DiskPaths& paths) -> Result<void> {
    PathSpec* const path = find_path(spec, id);
    if (path == nullptr) return no_path(id);
    if (is_last_in(spec, id)) return fail(ErrorCode::in_use, "it is the last one in use; add another first");
    if (Result<void> removed = paths.remove(id); !removed) return removed;
    log_info("Function '{}' has no {} any more", name, path_text(*path));
    std::erase_if(spec.paths, [id](const PathSpec& each) { return each.id == id; });
    return {};
  });
}

Result<FunctionReport> FunctionTable::take_path_out(const std::string& name, uint32_t id) {
  return change_paths(name, "the path was not taken out", [&](FunctionSpec& spec, DiskPaths& paths) -> Result<void> {
    PathSpec* const path = find_path(spec, id);
    if (path == nullptr) return no_path(id);
    if (is_last_in(spec, id)) return fail(ErrorCode::in_use, "it is the last one in use; take another back in first");
    path->is_out = true;
    paths.set_out(id, true);
    log_info("Function '{}': {} was taken out", name, path_text(*path));
    return {};
  });
}

Result<FunctionReport> FunctionTable::retry_path(const std::string& name, uint32_t id) {
  return change_paths(name, "the path was not tried", [&](FunctionSpec& spec, DiskPaths& paths) -> Result<void> {
    PathSpec* const path = find_path(spec, id);
    if (path == nullptr) return no_path(id);
    path->is_out = false;
    paths.set_out(id, false);
    paths.retry(id);
    return {};
  });
}

Result<FunctionReport> FunctionTable::change_path_rules(const std::string& name, const PathsChange& change) {
  return change_paths(name, "the use of its paths was not changed",
                      [&](FunctionSpec& spec, DiskPaths& paths) -> Result<void> {
                        spec.path_rules = change.applied_to(spec.path_rules);
                        paths.set_rules(spec.path_rules);
                        return {};
                      });
}

// No other function is on one of those LUNs.
Result<void> FunctionTable::check_places(const FunctionSpec& spec, const std::vector<PathSpec>& paths) {
  const std::lock_guard lock(mutex_);
  return check_places_locked(spec, paths);
}

Result<void> FunctionTable::check_places_locked(const FunctionSpec& spec, const std::vector<PathSpec>& paths) const {
  for (const auto& [name, other] : entries_) {
    if (name == spec.name) continue;
    for (const PathSpec& path : paths) {
      const bool is_same = std::any_of(other.spec.paths.begin(), other.spec.paths.end(), [&path](const PathSpec& p) {
        return p.target == path.target && p.lun == path.lun;
      });
      if (!is_same) continue;
      return fail(ErrorCode::in_use,
                  "LUN {} of target '{}' is in use by function '{}'; choose another LUN or delete that function first.",
                  path.lun, path.target, name);
    }
  }
  return {};
}

std::vector<PathReport> FunctionTable::path_reports_of(const Entry& entry) {
  std::vector<PathReport> reports;
  for (const PathSpec& path : entry.spec.paths) reports.push_back({path, {}});
  if (entry.served == nullptr || entry.served->paths() == nullptr) return reports;
  for (IscsiSessionReport& session : entry.served->paths()->sessions()) {
    for (PathReport& report : reports) {
      if (report.spec.id == session.path) report.sessions.push_back(session);
    }
  }
  return reports;
}

}  // namespace laneway
