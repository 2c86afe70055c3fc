#include "engine/target_table.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/log.h"
#include "engine/sentence.h"

namespace laneway {

namespace {

constexpr std::string_view kReachRemedy = "check the address and port, and that the target runs";

tl::unexpected<Error> no_target(std::string_view name) {
  return fail(ErrorCode::not_found,
              "There is no target '{}'; laneway target list shows those there are, laneway target login adds one.",
              name.substr(0, 230));
}

std::vector<std::string> functions_on(const DesiredState& state, std::string_view target) {
  std::vector<std::string> names;
  for (const FunctionSpec& function : state.functions()) {
    if (is_on_target(function, target)) names.push_back(function.name);
  }
  return names;
}

// Where a session is down, the target may have moved.
bool needs_address(const IscsiTarget& target) {
  if (target.addresses().empty() || target.wants_name()) return true;
  const std::vector<IscsiSessionReport> sessions = target.sessions();
  return std::any_of(sessions.begin(), sessions.end(), [](const IscsiSessionReport& session) {
    return session.state == IscsiLinkState::recovering || session.state == IscsiLinkState::failed;
  });
}

}  // namespace

TargetUse::TargetUse(TargetUse&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), name_(std::move(other.name_)), target_(other.target_) {}

TargetUse::~TargetUse() {
  if (table_ != nullptr) table_->end_use(name_);
}

TargetTable::TargetTable(StateStore& store, TargetAccess& access, std::string initiator_name)
    : store_(store), access_(access), initiator_name_(std::move(initiator_name)) {
  for (const TargetSpec& spec : store_.state().targets) {
    Entry& entry = entries_[spec.name];
    entry.spec = spec;
    entry.target = std::make_unique<IscsiTarget>(settings_of(spec, initiator_name_));
  }
}

TargetTable::~TargetTable() = default;

Result<TargetReport> TargetTable::login(const TargetSpec& spec) {
  if (Result<void> reserved = reserve(spec); !reserved) return pass_on(reserved);
  Result<std::vector<LunFacts>> luns = prove(spec);
  if (!luns) {
    const std::lock_guard lock(mutex_);
    entries_.erase(spec.name);
    return fail(luns.error().code, "{}", sentence(with_remedy(luns.error().message, kReachRemedy)));
  }
  log_info("Target '{}' ({} at {}) is remembered", spec.name, spec.iqn, portal_text(spec.portal));
  TargetReport report;
  report.spec = spec;
  report.luns = std::move(*luns);
  return report;
}

// Takes the name, so that no other call gets it meanwhile.
Result<void> TargetTable::reserve(const TargetSpec& spec) {
  const std::lock_guard lock(mutex_);
  if (entries_.contains(spec.name)) {
    return fail(
        ErrorCode::already_exists,
        "Target name '{}' is taken; give another with --name, or forget that target first (laneway target logout).",
        spec.name);
  }
  for (const auto& [name, other] : entries_) {
    if (other.spec.iqn == spec.iqn && other.spec.portal == spec.portal) {
      return fail(
          ErrorCode::already_exists,
          "Target {} at {} is remembered as '{}' already; use that, or forget it first (laneway target logout).",
          spec.iqn, portal_text(spec.portal), name);
    }
  }
  entries_[spec.name].spec = spec;
  return {};
}

Result<std::vector<LunFacts>> TargetTable::prove(const TargetSpec& spec) {
  auto target = std::make_unique<IscsiTarget>(settings_of(spec, initiator_name_));
  if (Result<void> resolved = target->resolve(); !resolved) return pass_on(resolved);
  Result<std::vector<LunFacts>> luns = access_.look_at_luns(*target);
  if (!luns) return luns;
  const Result<void> remembered = store_.update([&](DesiredState& state) -> Result<void> {
    state.put(spec);
    return {};
  });
  if (!remembered) return tl::unexpected<Error>(remembered.error());
  const std::lock_guard lock(mutex_);
  entries_.find(spec.name)->second.target = std::move(target);
  return luns;
}

Result<void> TargetTable::set_origin(const std::string& name, const std::string& origin) {
  return store_.update([&](DesiredState& state) -> Result<void> {
    const TargetSpec* known = state.find_target(name);
    if (known == nullptr) return no_target(name);
    TargetSpec next = *known;
    next.origin = origin;
    state.put(std::move(next));
    return {};
  });
}

Result<void> TargetTable::logout(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return no_target(name);
  const auto in_use = [&](std::string_view by) {
    return fail(ErrorCode::in_use, "Target '{}' was not forgotten: it is in use by {}; delete what uses it first.",
                name, by);
  };
  if (found->second.target == nullptr) return in_use("a login that is under way");
  // In one step with the check: a function that is being created needs the target to be there when it is remembered.
  Result<void> forgotten = store_.update([&](DesiredState& state) -> Result<void> {
    const std::vector<std::string> functions = functions_on(state, name);
    if (!functions.empty()) return in_use(fmt::format("function {}", fmt::join(functions, ", ")));
    if (found->second.uses > 0) return in_use("a function that is being created or deleted");
    state.remove_target(name);
    return {};
  });
  if (!forgotten) return forgotten;
  entries_.erase(found);
  log_info("Target '{}' was forgotten", name);
  return {};
}

std::vector<TargetReport> TargetTable::list() const {
  const DesiredState state = store_.state();
  std::vector<TargetReport> reports;
  for (const TargetSpec& spec : state.targets) reports.push_back({spec, functions_on(state, spec.name), {}, {}, {}});
  return reports;
}

Result<TargetReport> TargetTable::show(const std::string& name) {
  Result<TargetUse> used = use(name);
  if (!used) return pass_on(used);
  const DesiredState state = store_.state();
  const TargetSpec* spec = state.find_target(name);
  if (spec == nullptr) return no_target(name);
  TargetReport report{*spec, functions_on(state, name), {}, {}, {}, {}};
  Result<void> resolved = used->target().resolve();
  Result<std::vector<LunFacts>> luns = resolved ? access_.look_at_luns(used->target()) : pass_on(resolved);
  report.sessions = used->target().sessions();
  report.session_faults = used->target().faults().counts();
  if (luns) report.luns = std::move(*luns);
  if (!luns) report.luns_error = sentence(with_remedy(luns.error().message, kReachRemedy));
  return report;
}

Result<std::vector<iscsi::DiscoveredTarget>> TargetTable::discover(const IscsiPortal& portal,
                                                                   const iscsi::ChapCredentials& chap) {
  TargetSpec spec;
  spec.portal = portal;
  spec.chap = chap;
  Result<std::vector<iscsi::DiscoveredTarget>> found = access_.discover(settings_of(spec, initiator_name_));
  if (!found) found.error().message = sentence(with_remedy(found.error().message, kReachRemedy));
  return found;
}

Result<TargetUse> TargetTable::use(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.target == nullptr) return no_target(name);
  ++found->second.uses;
  return TargetUse(*this, name, *found->second.target);
}

void TargetTable::end_use(const std::string& name) {
  const std::lock_guard lock(mutex_);
  --entries_.find(name)->second.uses;
}

void TargetTable::look_after() {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) {
      if (entry.target != nullptr && entry.uses > 0) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    Result<TargetUse> used = use(name);
    if (used && needs_address(used->target())) (void)used->target().resolve();
  }
}

size_t TargetTable::count() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace laneway
