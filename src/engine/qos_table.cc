#include "engine/qos_table.h"

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "engine/reactor_pool.h"

namespace laneway {

namespace {

uint64_t now_ns() {
  MonotonicClock clock;
  return clock.now_ns();
}

tl::unexpected<Error> no_group(std::string_view name) {
  return fail(ErrorCode::not_found, "There is no group '{}'; laneway group list shows those there are.",
              name.substr(0, 80));
}

// What a group can guarantee of one kind: the lowest of its maximums of that kind, 0 where it has none.
uint64_t capacity_of(const QosLimits& limits, bool is_in_bytes) {
  uint64_t capacity = 0;
  for (size_t i = 0; i < kQosRates; ++i) {
    if (counts_bytes(static_cast<QosRate>(i)) != is_in_bytes || limits.max[i] == 0) continue;
    capacity = capacity == 0 ? limits.max[i] : std::min(capacity, limits.max[i]);
  }
  return capacity;
}

struct Minimums {
  uint64_t iops = 0;
  uint64_t bytes = 0;
};

// A minimum gets around the group's maximums: each of them needs one, and together they fit.
Result<void> check_minimum(const std::string& group, const QosLimits& group_limits, const QosLimits& member) {
  if (!member.has_min()) return {};
  for (const bool is_in_bytes : {false, true}) {
    const char* name = is_in_bytes ? "bytes_min" : "iops_min";
    const char* limit = is_in_bytes ? "bytes_max" : "iops_max";
    const bool has_capacity = capacity_of(group_limits, is_in_bytes) != 0;
    const bool has_minimum = (is_in_bytes ? member.bytes_min : member.iops_min) != 0;
    if (has_minimum && !has_capacity) {
      return fail(ErrorCode::invalid_argument,
                  "a member's '{}' is a part of the group's '{}', which group '{}' does not have; set that first, or "
                  "leave the minimum out.",
                  name, limit, group);
    }
    if (!has_minimum && has_capacity) {
      return fail(ErrorCode::invalid_argument,
                  "group '{}' limits '{}' too, so that a member with a minimum needs '{}' as well.", group, limit,
                  name);
    }
  }
  return {};
}

Result<void> check_sum(const std::string& group, const QosLimits& limits, const Minimums& sum) {
  const uint64_t iops = capacity_of(limits, false);
  const uint64_t bytes = capacity_of(limits, true);
  if (iops != 0 && sum.iops > iops) {
    return fail(
        ErrorCode::invalid_argument,
        "the minimums in group '{}' would be {} requests a second together, and its maximum is {}; lower one of "
        "them or raise the maximum.",
        group, sum.iops, iops);
  }
  if (bytes != 0 && sum.bytes > bytes) {
    return fail(ErrorCode::invalid_argument,
                "the minimums in group '{}' would be {} bytes a second together, and its maximum is {}; lower one of "
                "them or raise the maximum.",
                group, sum.bytes, bytes);
  }
  return {};
}

}  // namespace

QosTable::QosTable(StateStore& store, ReactorPool* reactors) : store_(store), reactors_(reactors) {
  for (const GroupSpec& spec : store.state().groups) {
    auto group = std::make_unique<Group>();
    group->limits = spec.limits;
    group->origin = spec.origin;
    group->throttle.set(spec.limits, now_ns());
    groups_[spec.name] = std::move(group);
  }
}

// Functions

Result<void> QosTable::check_fit(const std::string& function, const QosLimits& limits, const std::string& group) const {
  if (group.empty()) return {};
  const auto found = groups_.find(group);
  if (found == groups_.end()) {
    return fail(ErrorCode::not_found, "there is no group '{}'; laneway group list shows those there are.",
                group.substr(0, 80));
  }
  if (Result<void> checked = check_minimum(group, found->second->limits, limits); !checked) return checked;
  Minimums sum{limits.iops_min, limits.bytes_min};
  for (const auto& [name, member] : members_) {
    if (member.group != group || name == function) continue;
    sum.iops += member.limits.iops_min;
    sum.bytes += member.limits.bytes_min;
  }
  return check_sum(group, found->second->limits, sum);
}

Result<void> QosTable::join(const std::string& function, const QosLimits& limits, const std::string& group) {
  const std::lock_guard lock(mutex_);
  if (Result<void> fits = check_fit(function, limits, group); !fits) return fits;
  Member& member = members_[function];
  member.limits = limits;
  member.group = group;
  apply(member);
  return {};
}

void QosTable::restore(const std::string& function, const QosLimits& limits, const std::string& group) {
  const std::lock_guard lock(mutex_);
  Member& member = members_[function];
  member.limits = limits;
  member.group = group;
  apply(member);
}

Result<void> QosTable::change(const std::string& function, const QosLimits& limits, const std::string& group) {
  const std::lock_guard lock(mutex_);
  if (Result<void> fits = check_fit(function, limits, group); !fits) return fits;
  const auto found = members_.find(function);
  LW_ASSERT(found != members_.end());
  found->second.limits = limits;
  found->second.group = group;
  apply(found->second);
  finish_change();
  return {};
}

void QosTable::leave(const std::string& function) {
  const std::lock_guard lock(mutex_);
  members_.erase(function);
  collect();
}

Throttle& QosTable::throttle(const std::string& function) {
  const std::lock_guard lock(mutex_);
  const auto found = members_.find(function);
  LW_ASSERT(found != members_.end());
  return found->second.throttle;
}

Throttle::Counters QosTable::counters(const std::string& function) {
  const std::lock_guard lock(mutex_);
  const auto found = members_.find(function);
  return found == members_.end() ? Throttle::Counters{} : found->second.throttle.counters();
}

void QosTable::apply(Member& member) {
  const auto found = groups_.find(member.group);
  member.throttle.set(member.limits, found == groups_.end() ? nullptr : &found->second->throttle, now_ns());
}

// Every reactor looks at the new plans now, and then nobody is still about to look at an old one.
void QosTable::finish_change() {
  if (reactors_ == nullptr) return;
  reactors_->wait_for_turns();
  for (auto& [name, member] : members_) member.throttle.collect();
  collect();
}

void QosTable::collect() {
  for (const auto& [name, group] : groups_) group->throttle.collect();
  std::erase_if(deleted_groups_, [](const auto& group) { return group->throttle.is_free(); });
}

// Groups

GroupReport QosTable::report_of(const std::string& name, const Group& group) const {
  GroupReport report{{name, group.limits, group.origin}, {}};
  for (const auto& [function, member] : members_) {
    if (member.group == name) report.members.push_back({function, member.limits});
  }
  return report;
}

Result<GroupReport> QosTable::create_group(const GroupSpec& spec) {
  const std::lock_guard lock(mutex_);
  if (groups_.contains(spec.name)) {
    return fail(ErrorCode::already_exists,
                "Group '{}' was not created: the name is taken; choose another or change that group (laneway group "
                "limit).",
                spec.name);
  }
  Result<void> remembered = store_.update([&](DesiredState& state) -> Result<void> {
    state.put(spec);
    return {};
  });
  if (!remembered) return pass_on(remembered);
  auto made = std::make_unique<Group>();
  Group& group = *made;
  group.limits = spec.limits;
  group.origin = spec.origin;
  group.throttle.set(spec.limits, now_ns());
  groups_[spec.name] = std::move(made);
  log_info("Group '{}' was created", spec.name);
  return report_of(spec.name, group);
}

Result<void> QosTable::check_members(const std::string& group, const QosLimits& group_limits) const {
  Minimums sum;
  for (const auto& [name, member] : members_) {
    if (member.group != group) continue;
    if (Result<void> checked = check_minimum(group, group_limits, member.limits); !checked) {
      return fail(checked.error().code, "function '{}' has a minimum: {}", name, checked.error().message);
    }
    sum.iops += member.limits.iops_min;
    sum.bytes += member.limits.bytes_min;
  }
  return check_sum(group, group_limits, sum);
}

Result<GroupReport> QosTable::limit_group(const std::string& name, const LimitChange& change) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found == groups_.end()) return no_group(name);
  Group& group = *found->second;
  const QosLimits next = change.applied_to(group.limits);
  if (next == group.limits) return report_of(name, group);
  Result<void> checked = check_group_limits(next, "group.limit");
  if (!checked) return pass_on(checked);
  checked = check_members(name, next);
  if (checked) {
    checked = store_.update([&](DesiredState& state) -> Result<void> {
      state.put(GroupSpec{name, next, group.origin});
      return {};
    });
  }
  if (!checked) return fail(checked.error().code, "Group '{}' was not changed: {}", name, checked.error().message);
  group.limits = next;
  group.throttle.set(next, now_ns());
  for (auto& [function, member] : members_) {
    if (member.group == name) apply(member);
  }
  finish_change();
  log_info("The limits of group '{}' are now {}", name, to_line(encode_limits(next)));
  return report_of(name, group);
}

Result<void> QosTable::set_origin(const std::string& name, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found == groups_.end()) return no_group(name);
  Group& group = *found->second;
  Result<void> remembered = store_.update([&](DesiredState& state) -> Result<void> {
    state.put(GroupSpec{name, group.limits, origin});
    return {};
  });
  if (remembered) group.origin = origin;
  return remembered;
}

Result<void> QosTable::remove_group(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found == groups_.end()) return no_group(name);
  for (const auto& [function, member] : members_) {
    if (member.group != name) continue;
    return fail(
        ErrorCode::in_use,
        "Group '{}' was not deleted: function '{}' is in it; take it out first (laneway vf limit {} --group none).",
        name, function, function);
  }
  const Result<void> forgotten = store_.update([&](DesiredState& state) -> Result<void> {
    state.remove_group(name);
    return {};
  });
  if (!forgotten)
    return fail(forgotten.error().code, "Group '{}' was not deleted: {}", name, forgotten.error().message);
  deleted_groups_.push_back(std::move(found->second));
  groups_.erase(found);
  collect();
  log_info("Group '{}' was deleted", name);
  return {};
}

Result<GroupReport> QosTable::group(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found == groups_.end()) return no_group(name);
  return report_of(name, *found->second);
}

std::vector<GroupReport> QosTable::groups() {
  const std::lock_guard lock(mutex_);
  std::vector<GroupReport> reports;
  for (const auto& [name, group] : groups_) reports.push_back(report_of(name, *group));
  return reports;
}

}  // namespace laneway
