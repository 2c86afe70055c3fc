#include "backend/iscsi_device.h"

#include "backend/iscsi_probe.h"
#include "backend/iscsi_queue.h"

namespace laneway {

IscsiDevice::IscsiDevice(IscsiTarget& target, Reactor& prober, const IscsiDeviceOptions& options)
    : prober_(prober),
      is_read_only_(options.is_read_only),
      lun_(target, options.function, options.facts, options.has_predecessor) {}

Result<std::unique_ptr<BlockQueue>> IscsiDevice::open_queue(Reactor& reactor) {
  return IscsiQueue::open(reactor, lun_);
}

Result<void> IscsiDevice::resize(uint64_t capacity_bytes) {
  if (capacity_bytes != 0) {
    return fail(ErrorCode::unsupported, "{} is resized on its target; do that, then resize without a size", describe());
  }
  auto facts = probe_lun(prober_, lun_.target(), lun_.number());
  if (!facts) return pass_on(facts);
  if (lun_.accept(*facts)) return {};
  return fail(ErrorCode::refused,
              "LUN {} of target {} is another disk now: {} instead of {}; map the right disk to the LUN", lun_.number(),
              lun_.target().settings().name, facts->identity, identity());
}

// What the LUN says counts for more than that some queue has no session.
DiskHealth IscsiDevice::health() const {
  DiskHealth health = lun_.health().report();
  if (health.state == HealthState::blocked) return health;
  for (const IscsiSessionReport& session : sessions()) {
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
  std::vector<IscsiSessionReport> all = lun_.target().sessions();
  std::erase_if(all, [this](const IscsiSessionReport& each) { return each.function != lun_.function(); });
  return all;
}

}  // namespace laneway
