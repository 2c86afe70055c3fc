// Functions at start-up, and those that cannot be served now.
#include <set>
#include <utility>

#include "base/log.h"
#include "engine/function_table.h"
#include "engine/sentence.h"

namespace laneway {

void FunctionTable::restore_all() {
  const DesiredState state = store_.state();
  // Functions whose deletion an engine did not survive.
  std::set<std::string, std::less<>> names;
  for (const FunctionSpec& spec : state.functions()) names.insert(spec.name);
  kept_.drop_all_but(names);
  for (const FunctionSpec& spec : state.functions()) {
    qos_.restore(spec.name, spec.limits, spec.group);
    {
      const std::lock_guard lock(mutex_);
      Entry& entry = entries_[spec.name];
      entry.spec = spec;
      entry.state = FunctionState::failed;
      entry.is_busy = false;
    }
    try_again(spec.name);
  }
}

void FunctionTable::look_after() {
  std::vector<std::string> failed;
  std::vector<std::string> on_luns;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) {
      if (entry.state == FunctionState::failed) failed.push_back(name);
      if (entry.state == FunctionState::serving && entry.spec.disk == DiskKind::iscsi) on_luns.push_back(name);
    }
  }
  for (const std::string& name : failed) try_again(name);
  for (const std::string& name : on_luns) record_lun(name);
}

void FunctionTable::try_again(const std::string& name) {
  Result<Entry*> taken = take(name);
  if (!taken) return;
  Entry& entry = **taken;
  if (entry.state != FunctionState::failed || look_at_quarantine(entry)) return give_back(entry);
  FunctionSpec spec = entry.spec;
  Result<std::unique_ptr<ServedFunction>> served =
      ServedFunction::bring_up(spec, socket_path_of(spec), DiskOpening::restore, source());
  const std::lock_guard lock(mutex_);
  set_free(entry);
  if (served) {
    entry.served = std::move(*served);
    entry.state = FunctionState::serving;
    entry.reason.clear();
    log_info("Function '{}' is served on {}: {}", name, entry.served->socket_path(), entry.served->disk().describe());
    return;
  }
  std::string reason = sentence(served.error().message);
  if (entry.reason == reason) return;
  entry.reason = std::move(reason);
  log_error("Function '{}' cannot be served and is tried again: {}", name, entry.reason);
}

// An engine that restores what others died of would die as well.
bool FunctionTable::look_at_quarantine(Entry& entry) {
  if (!kept_.is_quarantined(entry.spec.name)) return false;
  const std::lock_guard lock(mutex_);
  entry.state = FunctionState::quarantined;
  entry.reason = fmt::format(
      "Engines died while they restored its attached device, which is held and not used; try it again with laneway vf "
      "release {}, or give it up with laneway vf delete {} --force.",
      entry.spec.name, entry.spec.name);
  log_error("Function '{}' is in quarantine: {}", entry.spec.name, entry.reason);
  return true;
}

Result<FunctionReport> FunctionTable::release(const std::string& name) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  Entry& entry = **taken;
  const Result<void> released = kept_.release(name);
  if (released && entry.served == nullptr) {
    const std::lock_guard lock(mutex_);
    entry.state = FunctionState::failed;
    entry.reason.clear();
  }
  give_back(entry);
  if (!released)
    return fail(released.error().code, "Function '{}' was not released: {}", name, released.error().message);
  try_again(name);
  return report(name);
}

// All begin before the first is waited for: the longest takes as long as all.
bool FunctionTable::hand_over() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_handed_over_, true)) return false;
  bool is_at_rest = true;
  for (auto& [name, entry] : entries_) {
    if (entry.served != nullptr) entry.served->front_end().begin_hand_over();
  }
  for (auto& [name, entry] : entries_) {
    if (entry.served != nullptr && !entry.served->front_end().await_hand_over()) is_at_rest = false;
  }
  return is_at_rest;
}

// Where a LUN has become another size, the next start serves it with that.
void FunctionTable::record_lun(const std::string& name) {
  Result<Entry*> taken = take(name);
  if (!taken) return;
  Entry& entry = **taken;
  const bool is_known = entry.served == nullptr || !entry.spec.lun_facts ||
                        entry.served->disk().geometry().capacity_bytes == entry.spec.lun_facts->limits.capacity_bytes;
  if (!is_known) {
    const Result<void> remembered = remember_size(entry, 0);
    if (!remembered)
      log_warning("The new size of function '{}' is not remembered: {}", name, remembered.error().message);
  }
  give_back(entry);
}

}  // namespace laneway
