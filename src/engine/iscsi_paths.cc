#include "engine/iscsi_paths.h"

#include "backend/iscsi_probe.h"
#include "engine/iscsi_access.h"
#include "engine/sentence.h"

namespace laneway {

namespace {

LunPathOptions options_of(const PathSpec& path) {
  return {.id = path.id,
          .lun = static_cast<uint32_t>(path.lun),
          .portal = path.portal,
          .is_preferred = path.is_preferred,
          .is_out = path.is_out};
}

}  // namespace

// Over the path's own portal where it has one.
Result<LunFacts> IscsiPaths::ask(const PathSpec& path, IscsiTarget& target) {
  const auto lun = static_cast<uint32_t>(path.lun);
  const uint64_t timeout_ns = probe_timeout_ns(target.settings());
  Result<LunFacts> facts = fail(ErrorCode::unreachable, "");
  if (path.portal) {
    IscsiTargetSettings settings = target.settings();
    settings.portals = {*path.portal};
    IscsiTarget there(std::move(settings));
    Result<void> resolved = there.resolve();
    facts = resolved ? probe_lun(prober_, there, lun, timeout_ns) : pass_on(resolved);
  } else {
    Result<void> resolved = target.resolve();
    facts = resolved ? probe_lun(prober_, target, lun, timeout_ns) : pass_on(resolved);
  }
  if (facts) return facts;
  return fail(facts.error().code, "target '{}': {}", path.target,
              with_remedy(facts.error().message, "check that the target runs"));
}

Result<TargetUse> IscsiPaths::prove(const PathSpec& path, const std::string& identity) {
  Result<TargetUse> use = targets_.use(path.target);
  if (!use) return use;
  Result<LunFacts> facts = ask(path, use->target());
  if (!facts) return pass_on(facts);
  if (identity.empty()) {
    return fail(ErrorCode::unsupported,
                "its disk has no identity (VPD page 0x83) by which another path could be known to lead to it; use one "
                "path");
  }
  if (facts->identity == identity) return use;
  return fail(ErrorCode::refused, "{} leads to disk {}, the function's disk is {}; map the same disk to both",
              path_text(path), facts->identity.empty() ? "without an identity" : facts->identity, identity);
}

Result<std::unique_ptr<IscsiDevice>> IscsiPaths::open(FunctionSpec& spec, const Opening& opening) {
  const bool must_answer = opening.must_answer || !spec.lun_facts;
  for (const PathSpec& path : spec.paths) {
    Result<TargetUse> use = targets_.use(path.target);
    if (!use) return pass_on(use);
    // At start-up a name without an address is looked up again later (TargetTable::look_after).
    if (!must_answer) (void)use->target().resolve();
    if (must_answer && !spec.lun_facts) {
      Result<LunFacts> facts = ask(path, use->target());
      if (!facts) return pass_on(facts);
      spec.lun_facts = std::move(*facts);
    } else if (must_answer) {
      Result<TargetUse> proven = prove(path, spec.lun_facts->identity);
      if (!proven) return pass_on(proven);
    }
    uses_.emplace(path.id, std::move(*use));
  }
  const PathSpec& first = spec.paths.front();
  IscsiDeviceOptions options;
  options.function = spec.name;
  options.facts = *spec.lun_facts;
  options.facts.lun = static_cast<uint32_t>(first.lun);
  options.is_read_only = spec.is_read_only;
  options.has_predecessor = opening.has_predecessor;
  options.first_path = options_of(first);
  auto device = std::make_unique<IscsiDevice>(uses_.at(first.id).target(), prober_, options);
  device_ = device.get();
  for (const PathSpec& path : spec.paths) {
    if (path.id == first.id) continue;
    device->add_path(uses_.at(path.id).target(), options_of(path), options.has_predecessor);
  }
  for (LunPath* path : device->paths().all()) (void)path->resolve();
  set_rules(spec.path_rules);
  return device;
}

Result<void> IscsiPaths::add(const PathSpec& path) {
  Result<TargetUse> use = prove(path, device_->identity());
  if (!use) return pass_on(use);
  const auto place = uses_.insert_or_assign(path.id, std::move(*use)).first;
  LunPath& added = device_->add_path(place->second.target(), options_of(path), false);
  (void)added.resolve();  // the probe found an address just now; otherwise look_after does
  device_->paths().ring();
  return {};
}

Result<void> IscsiPaths::remove(uint32_t id) {
  if (!device_->paths().remove(id)) {
    return fail(ErrorCode::timed_out, "requests on it have not ended for {} s; it takes no new ones, try again",
                LunPaths::kRemovePatienceNs / kSecond);
  }
  uses_.erase(id);
  return {};
}

void IscsiPaths::set_out(uint32_t id, bool is_out) {
  device_->paths().find(id)->set_out(is_out);
  device_->paths().ring();
}

void IscsiPaths::retry(uint32_t id) {
  LunPath* path = device_->paths().find(id);
  (void)path->resolve();
  path->retry();
  device_->paths().ring();
}

void IscsiPaths::set_rules(const PathsSpec& spec) {
  device_->debt().set_one_task_set(spec.is_one_task_set);
  device_->paths().set_rules(spec.rules());
}

}  // namespace laneway
