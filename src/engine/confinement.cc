#include "engine/confinement.h"

#include <fcntl.h>

#include "base/log.h"
#include "base/sanitized.h"
#include "lockdown/lockdown.h"

namespace laneway {

namespace {

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

LockdownPlan plan_of(const EngineOptions& options, const DesiredState& state) {
  LockdownPlan plan;
  if (!options.keeper_socket.empty()) plan.paths = PathCalls::refused;
  plan.data_directories = options.data_dirs;
  plan.own_directories = {options.state_dir, options.run_dir, directory_of(options.rpc_socket)};
  for (const FunctionSpec& spec : state.functions()) {
    if (!spec.path.empty()) plan.own_directories.push_back(directory_of(spec.path));
    if (!spec.socket_path.empty()) plan.own_directories.push_back(directory_of(spec.socket_path));
  }
  return plan;
}

}  // namespace

Result<Confinement> confine_engine(const EngineOptions& options, const DesiredState& state) {
  Confinement confinement;
  confinement.memory_figures = UniqueFd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  if (!options.wants_lockdown || kIsSanitized) {
    log_warning("The engine is not confined ({}): a flaw that runs code in it can do whatever its user can; {}",
                kIsSanitized ? "built with a sanitizer" : "--no-lockdown", "use this for debugging only");
    return confinement;
  }
  const Result<Lockdown> lockdown = confine(plan_of(options, state));
  if (!lockdown) {
    return fail(ErrorCode::unsupported,
                "The engine cannot confine itself: {}; allow it seccomp filters, or start it with --no-lockdown.",
                lockdown.error().message);
  }
  confinement.is_in_force = true;
  confinement.has_broker = !options.keeper_socket.empty();
  if (confinement.has_broker && !options.data_dirs.empty()) {
    log_warning(
        "--data-dir is for an engine without a keeper; the keeper opens what its own user may, outside the "
        "system's directories");
  }
  confinement.landlock_version = lockdown->landlock_version;
  if (confinement.landlock_version == 0) {
    log_warning(
        "This kernel has no Landlock, so the engine may reach every file that its user can; use Linux 5.13 or "
        "newer with landlock among its security modules");
  }
  return confinement;
}

}  // namespace laneway
