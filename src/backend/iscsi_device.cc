#include "backend/iscsi_device.h"

#include <algorithm>

#include "backend/iscsi_probe.h"
#include "backend/iscsi_queue.h"

namespace laneway {

IscsiDevice::IscsiDevice(IscsiTarget& target, Reactor& prober, const IscsiDeviceOptions& options)
    : prober_(prober), is_read_only_(options.is_read_only), lun_(options.function, options.facts) {
  LunPathOptions first = options.first_path;
  first.lun = options.facts.lun;
  add_path(target, first, options.has_predecessor);
}

LunPath& IscsiDevice::add_path(IscsiTarget& target, const LunPathOptions& options, bool has_predecessor) {
  LunPath& path = lun_.paths().add(target, options);
  if (has_predecessor) lun_.debt().add(path, 0);
  return path;
}

Result<std::unique_ptr<BlockQueue>> IscsiDevice::open_queue(Reactor& reactor) {
  return IscsiQueue::open(reactor, lun_);
}

Result<void> IscsiDevice::resize(uint64_t capacity_bytes) {
  if (capacity_bytes != 0) {
    return fail(ErrorCode::unsupported, "{} is resized on its target; do that, then resize without a size", describe());
  }
  Result<void> looked = fail(ErrorCode::unreachable, "no path is in use");
  for (LunPath* path : lun_.paths().all()) {
    if (path->is_out()) continue;
    auto facts = probe_lun(prober_, path->target(), path->number());
    if (!facts) {
      looked = pass_on(facts);
      continue;
    }
    if (lun_.accept(*facts)) return {};
    looked = fail(ErrorCode::refused,
                  "LUN {} of target {} is another disk now: {} instead of {}; map the right disk to the LUN",
                  path->number(), path->target().settings().name, facts->identity, identity());
  }
  return looked;
}

// What the LUN says counts for more than that some queue has no session.
DiskHealth IscsiDevice::health() const {
  DiskHealth health = lun_.health().report();
  if (health.state == HealthState::blocked) return health;
  const std::vector<IscsiSessionReport> all = sessions();
  const bool has_other_path =
      lun_.paths().count() > 1 && std::any_of(all.begin(), all.end(), [](const IscsiSessionReport& session) {
        return session.state == IscsiLinkState::ready;
      });
  if (has_other_path) return health;
  for (const IscsiSessionReport& session : all) {
    const bool is_down =
        session.state == IscsiLinkState::recovering || session.state == IscsiLinkState::failed ||
        (session.state != IscsiLinkState::ready && session.state != IscsiLinkState::idle && !session.error.empty());
    if (!is_down) continue;
    health.state = HealthState::blocked;
    health.reason = "unreachable";
    health.remedy = fmt::format("check the target and the way to it: {}", session.error);
  }
  return health;
}

std::vector<IscsiSessionReport> IscsiDevice::sessions() const {
  std::vector<IscsiSessionReport> all;
  std::vector<const IscsiTarget*> asked;
  for (const LunPath* path : lun_.paths().all()) {
    if (std::find(asked.begin(), asked.end(), &path->target()) != asked.end()) continue;
    asked.push_back(&path->target());
    for (IscsiSessionReport& report : path->target().sessions()) {
      if (report.function == lun_.function()) all.push_back(std::move(report));
    }
  }
  return all;
}

}  // namespace laneway
