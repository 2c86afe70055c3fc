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

IscsiMeter::IscsiMeter(std::string function, uint32_t queue_number, uint32_t lun, const iscsi::Isid& isid)
    : function_(std::move(function)), queue_number_(queue_number), lun_(lun), isid_(isid) {}

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
  report.function = function_;
  report.queue_number = queue_number_;
  report.lun = lun_;
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
  report.error = std::move(condition.error);
  report.portal = std::move(condition.portal);
  return report;
}

}  // namespace laneway
