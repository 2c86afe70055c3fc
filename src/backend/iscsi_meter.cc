#include "backend/iscsi_meter.h"

#include <utility>

namespace laneway {

std::string_view link_state_name(IscsiLinkState state) {
  switch (state) {
    case IscsiLinkState::idle:
      return "idle";
    case IscsiLinkState::connecting:
      return "connecting";
    case IscsiLinkState::login:
      return "login";
    case IscsiLinkState::ready:
      return "ready";
    case IscsiLinkState::recovering:
      return "recovering";
    case IscsiLinkState::failed:
      return "failed";
  }
  return "unknown";
}

IscsiMeter::IscsiMeter(Owner owner, const iscsi::Isid& isid) : owner_(std::move(owner)), isid_(isid) {}

void IscsiMeter::set_state(IscsiLinkState state, std::string_view error) {
  condition_.with([&](Condition& condition) {
    condition.state = state;
    condition.error = error;
  });
}

void IscsiMeter::set_portal(std::string_view portal) {
  condition_.with([&](Condition& condition) { condition.portal = portal; });
}

IscsiSessionReport IscsiMeter::report() const {
  IscsiSessionReport report;
  report.function = owner_.function;
  report.queue_number = owner_.queue_number;
  report.path = owner_.path;
  report.lun = owner_.lun;
  report.isid = isid_;
  report.logins = logins.get();
  report.reconnects = reconnects.get();
  report.replays = replays.get();
  report.fences = fences.get();
  report.retries = retries.get();
  report.timeouts = timeouts.get();
  report.read_bytes = read_bytes.get();
  report.written_bytes = written_bytes.get();
  Condition condition = condition_.copy();
  report.state = condition.state;
  report.is_active = is_active_.load(std::memory_order_relaxed);
  report.has_access = has_access_.load(std::memory_order_relaxed);
  report.access = access_.load(std::memory_order_relaxed);
  report.error = std::move(condition.error);
  report.portal = std::move(condition.portal);
  return report;
}

}  // namespace laneway
