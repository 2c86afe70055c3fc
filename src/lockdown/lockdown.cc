#include "lockdown/lockdown.h"

#include <ctime>
#include <filesystem>

#include "lockdown/landlock_rules.h"
#include "lockdown/privileges.h"

namespace laneway {

namespace {

// Landlock and capabilities belong to a thread: one that runs already would keep what it has.
Result<void> check_alone() {
  std::error_code unreadable;
  size_t threads = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", unreadable)) {
    (void)thread;
    ++threads;
  }
  if (threads <= 1) return {};
  return fail(ErrorCode::internal, "{} threads run already, which would stay as they are", threads);
}

LandlockRules rules_of(const LockdownPlan& plan) {
  if (plan.paths == PathCalls::refused) return {};
  LandlockRules rules = rules_for_any_path(plan.own_directories);
  if (plan.data_directories.empty()) return rules;
  rules.data = plan.own_directories;
  rules.devices.clear();
  rules.data.insert(rules.data.end(), plan.data_directories.begin(), plan.data_directories.end());
  return rules;
}

}  // namespace

Result<Lockdown> confine(const LockdownPlan& plan) {
  if (Result<void> alone = check_alone(); !alone) return pass_on(alone);
  ::tzset();  // reads the time zone while it still may
  refuse_new_privileges();
  if (Result<void> done = lower_limits(); !done) return pass_on(done);
  if (Result<void> done = drop_capabilities(); !done) return pass_on(done);
  if (Result<void> done = hide_memory(); !done) return pass_on(done);
  Result<int> landlock = apply_landlock(rules_of(plan));
  if (!landlock) return pass_on(landlock);
  if (Result<void> done = install_engine_filter(plan.paths); !done) return pass_on(done);
  return Lockdown{*landlock};
}

}  // namespace laneway
