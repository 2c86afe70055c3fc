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
  const std::lock_guard lock(mutex_);
  state_.store(state, std::memory_order_relaxed);
  error_ = error;
}

void IscsiMeter::set_portal(std::string_view portal) {
  const std::lock_guard lock(mutex_);
  portal_ = portal;
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
  const std::lock_guard lock(mutex_);
  report.state = state_.load(std::memory_order_relaxed);
  report.error = error_;
  report.portal = portal_;
  return report;
}

}  // namespace laneway
