#include "engine/function_table.h"

#include <chrono>

#include "base/log.h"
#include "base/outside.h"
#include "engine/sentence.h"

namespace laneway {

namespace {

// For a call that changes one function to end, where another waits for its turn.
constexpr std::chrono::seconds kTurnPatience{60};

tl::unexpected<Error> not_found(std::string_view name) {
  return fail(ErrorCode::not_found, "There is no function '{}'; laneway vf list shows those there are.",
              name.substr(0, 80));
}

// The same sentence, with the function that it is about in front.
tl::unexpected<Error> about(std::string_view name, std::string_view outcome, const Error& error) {
  return fail(error.code, "Function '{}' was not {}: {}", name, outcome, clause(error.message));
}

}  // namespace

std::string_view function_state_name(FunctionState state) {
  switch (state) {
    case FunctionState::serving:
      return "serving";
    case FunctionState::failed:
      return "failed";
    case FunctionState::quarantined:
      return "quarantined";
    case FunctionState::changing:
      return "changing";
  }
  return "failed";
}

FunctionTable::FunctionTable(StateStore& store, QosTable& qos, const ServedFunction::Source& source,
                             std::string socket_dir)
    : store_(store), qos_(qos), parts_(source.parts), kept_(source.kept), socket_dir_(std::move(socket_dir)) {}

FunctionTable::~FunctionTable() {
  if (kept_.outlives_engine()) (void)hand_over();
}

std::string FunctionTable::socket_path_of(const FunctionSpec& spec) const {
  return spec.socket_path.empty() ? fmt::format("{}/{}.sock", socket_dir_, spec.name) : spec.socket_path;
}

// Creation

Result<FunctionReport> FunctionTable::create(FunctionSpec spec) {
  if (Result<void> reserved = reserve(spec); !reserved) return about(spec.name, "created", reserved.error());
  if (Result<void> joined = qos_.join(spec.name, spec.limits, spec.group); !joined) {
    forget(spec.name);
    return about(spec.name, "created", joined.error());
  }
  Result<std::unique_ptr<ServedFunction>> served =
      ServedFunction::bring_up(spec, socket_path_of(spec), DiskOpening::create, source());
  Result<FunctionReport> report = served ? finish_create(spec, std::move(*served)) : pass_on(served);
  if (report) {
    log_info("Function '{}' is served on {}: {}", spec.name, report->socket_path, report->description);
    return report;
  }
  forget(spec.name);
  return about(spec.name, "created", report.error());
}

// Takes the name, so that no other call gets it meanwhile.
Result<void> FunctionTable::reserve(const FunctionSpec& spec) {
  const std::lock_guard lock(mutex_);
  if (entries_.contains(spec.name)) {
    return fail(ErrorCode::already_exists, "the name is taken; choose another or delete that function first.");
  }
  const std::string socket_path = socket_path_of(spec);
  if (Result<void> free = check_places_locked(spec, spec.paths); !free) return free;
  for (const auto& [name, other] : entries_) {
    if (socket_path_of(other.spec) == socket_path) {
      return fail(ErrorCode::already_exists, "its socket path {} belongs to function '{}'; choose another.",
                  socket_path, name);
    }
  }
  Entry& entry = entries_[spec.name];
  entry.spec = spec;
  return {};
}

// One LUN may be seen under several targets and numbers; its identity tells.
Result<void> FunctionTable::check_identity(const FunctionSpec& spec) {
  const std::string identity = spec.lun_facts ? spec.lun_facts->identity : "";
  if (!spec.expected_identity.empty() && identity != spec.expected_identity) {
    return fail(ErrorCode::refused, "its LUN is disk {}, and disk {} is expected there; find where that is now.",
                identity.empty() ? "without identity" : identity, spec.expected_identity);
  }
  if (identity.empty()) return {};
  const std::lock_guard lock(mutex_);
  for (const auto& [name, other] : entries_) {
    if (name != spec.name && other.spec.lun_facts && other.spec.lun_facts->identity == spec.lun_facts->identity) {
      return fail(ErrorCode::in_use,
                  "LUN {} of target '{}' is disk {}, which is in use by function '{}'; choose another LUN "
                  "or delete that function first.",
                  spec.paths.front().lun, spec.paths.front().target, spec.lun_facts->identity, name);
    }
  }
  return {};
}

Result<FunctionReport> FunctionTable::finish_create(const FunctionSpec& spec, std::unique_ptr<ServedFunction> served) {
  if (Result<void> unused = check_identity(spec); !unused) return pass_on(unused);
  FunctionSpec kept = spec;
  if (kept.disk == DiskKind::file)
    kept.capacity_bytes = 0;  // it is made once; from here on the file says how large it is
  if (Result<void> remembered = remember(kept); !remembered) return pass_on(remembered);
  served->settle();
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.find(spec.name)->second;
  entry.spec = std::move(kept);
  entry.served = std::move(served);
  entry.state = FunctionState::serving;
  set_free(entry);
  return report_of(entry, Detail::connection);
}

Result<void> FunctionTable::remember(const FunctionSpec& spec) {
  return store_.update([&](DesiredState& state) -> Result<void> {
    for (const PathSpec& path : spec.paths) {
      if (state.find_target(path.target) != nullptr) continue;
      return fail(ErrorCode::not_found, "target '{}' was forgotten meanwhile; log in to it again.", path.target);
    }
    if (!spec.group.empty() && state.find_group(spec.group) == nullptr) {
      return fail(ErrorCode::not_found, "group '{}' was deleted meanwhile; make it again.", spec.group);
    }
    state.put(spec);
    return {};
  });
}

void FunctionTable::forget(const std::string& name) {
  qos_.leave(name);
  const std::lock_guard lock(mutex_);
  entries_.erase(name);
  freed_.notify_all();
}

// Changes

Result<FunctionTable::Entry*> FunctionTable::take(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return not_found(name);
  Entry& entry = found->second;
  if (entry.is_busy) {
    return fail(ErrorCode::in_use, "Function '{}' is being changed by another call; try again when that has ended.",
                name);
  }
  entry.is_busy = true;
  return &entry;
}

Result<FunctionTable::Entry*> FunctionTable::take_in_turn(const std::string& name) {
  std::unique_lock lock(mutex_);
  const auto is_free = [&] {
    const auto found = entries_.find(name);
    return found == entries_.end() || !found->second.is_busy;
  };
  if (!freed_.wait_for(lock, kTurnPatience, is_free)) {
    return fail(ErrorCode::in_use, "Function '{}' is being changed by another call; try again when that has ended.",
                name);
  }
  const auto found = entries_.find(name);
  if (found == entries_.end()) return not_found(name);
  found->second.is_busy = true;
  return &found->second;
}

void FunctionTable::give_back(Entry& entry) {
  const std::lock_guard lock(mutex_);
  set_free(entry);
}

void FunctionTable::set_free(Entry& entry) {
  entry.is_busy = false;
  freed_.notify_all();
}

Result<void> FunctionTable::remove(const std::string& name, bool is_forced) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  Entry& entry = **taken;
  const bool is_attached = entry.served != nullptr ? entry.served->front_end().is_attached() : kept_.has_device(name);
  if (!is_forced && is_attached) {
    give_back(entry);
    return fail(
        ErrorCode::in_use,
        "Function '{}' was not deleted: a guest is attached to it; detach it there first, or force it (--force).",
        name);
  }
  const Result<void> forgotten = store_.update([&](DesiredState& state) -> Result<void> {
    state.remove_function(name);
    return {};
  });
  if (!forgotten) {
    give_back(entry);
    return about(name, "deleted", forgotten.error());
  }
  std::unique_ptr<ServedFunction> served;
  {
    const std::lock_guard lock(mutex_);
    entry.state = FunctionState::changing;
    served = std::move(entry.served);
  }
  if (served != nullptr) {
    served->forget();
    served.reset();  // waits for what is under way; the name stays taken until its socket is gone
  } else if (kept_.outlives_engine()) {
    kept_.drop(name);
    (void)outside().unlink(socket_path_of(entry.spec));
  }
  forget(name);
  log_info("Function '{}' was deleted", name);
  return {};
}

Result<FunctionTable::Resized> FunctionTable::resize(const std::string& name, uint64_t capacity_bytes) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  Entry& entry = **taken;
  const auto refuse = [&](ErrorCode code, const std::string& why) {
    give_back(entry);
    return about(name, "resized", Error{code, why});
  };
  if (entry.served == nullptr) return refuse(ErrorCode::io, entry.reason);
  BlockDevice& disk = entry.served->disk();
  const BlockGeometry before = disk.geometry();
  if (capacity_bytes % before.block_bytes != 0) {
    return refuse(ErrorCode::invalid_argument,
                  fmt::format("{} bytes are no multiple of its {}-byte sector; round the size to {}.", capacity_bytes,
                              before.block_bytes, (capacity_bytes / before.block_bytes + 1) * before.block_bytes));
  }
  if (Result<void> resized = disk.resize(capacity_bytes); !resized) {
    return refuse(resized.error().code, resized.error().message);
  }
  if (Result<void> remembered = remember_size(entry, before.capacity_bytes); !remembered) {
    return refuse(remembered.error().code, remembered.error().message);
  }
  const uint64_t after = disk.geometry().capacity_bytes;
  give_back(entry);
  log_info("Function '{}' has {} bytes now, {} before", name, after, before.capacity_bytes);
  return Resized{before.capacity_bytes, after};
}

// A file has its own size; of other disks the state knows it.
Result<void> FunctionTable::remember_size(Entry& entry, uint64_t old_capacity_bytes) {
  BlockDevice& disk = entry.served->disk();
  FunctionSpec next = entry.spec;
  parts_.note_changes(next, disk);
  if (encode_function_spec(next) == encode_function_spec(entry.spec)) return {};
  if (Result<void> remembered = remember(next); !remembered) {
    if (next.disk != DiskKind::iscsi) (void)disk.resize(old_capacity_bytes);
    return remembered;
  }
  const std::lock_guard lock(mutex_);
  entry.spec = std::move(next);
  return {};
}

Result<FunctionReport> FunctionTable::move(const std::string& name, std::optional<uint32_t> queue, uint32_t reactor) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  Entry& entry = **taken;
  const Result<void> moved = entry.served != nullptr ? entry.served->front_end().move(queue, reactor)
                                                     : Result<void>(fail(ErrorCode::io, "{}", entry.reason));
  give_back(entry);
  if (!moved) return about(name, "moved", moved.error());
  return report(name);
}

Result<void> FunctionTable::vacate(uint32_t reactor) {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) names.push_back(name);
  }
  for (const std::string& name : names) {
    Result<Entry*> taken = take_in_turn(name);
    if (!taken && taken.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
    if (!taken) return pass_on(taken);
    Entry& entry = **taken;
    const bool is_there = entry.served != nullptr && entry.served->front_end().is_on(reactor);
    const Result<void> gone = is_there ? entry.served->front_end().vacate(reactor) : Result<void>();
    give_back(entry);
    if (!gone) return about(name, "moved", gone.error());
  }
  return {};
}

Result<FunctionReport> FunctionTable::limit(const std::string& name, const LimitChange& change) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  const Result<void> changed = change_limits(**taken, change);
  give_back(**taken);
  if (!changed) return about(name, "limited", changed.error());
  return report(name);
}

Result<void> FunctionTable::change_limits(Entry& entry, const LimitChange& change) {
  FunctionSpec next = entry.spec;
  next.limits = change.applied_to(next.limits);
  next.group = change.group.value_or(next.group);
  if (next.limits == entry.spec.limits && next.group == entry.spec.group) return {};
  if (Result<void> checked = check_function_limits(next.limits, !next.group.empty(), "vf.limit"); !checked) {
    return checked;
  }
  if (Result<void> changed = qos_.change(next.name, next.limits, next.group); !changed) return changed;
  if (Result<void> remembered = remember(next); !remembered) {
    (void)qos_.change(next.name, entry.spec.limits, entry.spec.group);
    return remembered;
  }
  log_info("The limits of function '{}' are now {}{}", next.name, to_line(encode_limits(next.limits)),
           next.group.empty() ? std::string() : fmt::format(", in group '{}'", next.group));
  const std::lock_guard lock(mutex_);
  entry.spec = std::move(next);
  return {};
}

Result<void> FunctionTable::set_origin(const std::string& name, const std::string& origin) {
  Result<Entry*> taken = take(name);
  if (!taken) return pass_on(taken);
  FunctionSpec next = (*taken)->spec;
  next.origin = origin;
  Result<void> remembered = remember(next);
  if (remembered) {
    const std::lock_guard lock(mutex_);
    (*taken)->spec = std::move(next);
  }
  give_back(**taken);
  return remembered;
}

// Reports

FunctionReport FunctionTable::report_of(Entry& entry, Detail detail) {
  FunctionReport report;
  report.spec = entry.spec;
  report.state = entry.state;
  report.reason = entry.reason;
  report.socket_path = socket_path_of(entry.spec);
  report.description = std::string(disk_kind_name(entry.spec.disk));
  report.geometry.capacity_bytes = entry.spec.capacity_bytes;
  report.paths = path_reports_of(entry);
  if (entry.spec.lun_facts) {
    report.identity = entry.spec.lun_facts->identity;
    report.geometry = geometry_of(*entry.spec.lun_facts, entry.spec.is_read_only);
  }
  if (entry.served == nullptr) {
    report.health = {HealthState::blocked, "not_served", "see the function's reason", {}};
    return report;
  }
  BlockDevice& disk = entry.served->disk();
  report.health = disk.health();
  report.description = disk.describe();
  report.geometry = disk.geometry();
  if (report.identity.empty()) report.identity = disk.identity();
  FrontEnd& front_end = entry.served->front_end();
  report.queue_reactors = front_end.queue_reactors();
  report.is_attached = front_end.is_attached();
  if (detail == Detail::connection) report.connection = front_end.connection();
  report.stats = front_end.stats();
  report.throttle = qos_.counters(entry.spec.name);
  return report;
}

Result<FunctionReport> FunctionTable::report(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return not_found(name);
  return report_of(found->second, Detail::connection);
}

std::vector<FunctionReport> FunctionTable::reports(Detail detail) {
  const std::lock_guard lock(mutex_);
  std::vector<FunctionReport> reports;
  for (auto& [name, entry] : entries_) reports.push_back(report_of(entry, detail));
  return reports;
}

FunctionCounts FunctionTable::counts() {
  const std::lock_guard lock(mutex_);
  FunctionCounts counts;
  for (const auto& [name, entry] : entries_) {
    if (entry.state == FunctionState::serving) ++counts.serving;
    if (entry.state == FunctionState::failed || entry.state == FunctionState::quarantined) ++counts.failed;
    if (entry.served != nullptr && entry.served->front_end().is_attached()) ++counts.attached;
  }
  return counts;
}

}  // namespace laneway
