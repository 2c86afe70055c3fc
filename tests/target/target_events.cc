// What happens to a FakeTarget from outside the protocol: power cuts, resizes, silence.
#include <algorithm>

#include "target/fake_target.h"

namespace laneway::fake {

void FakeTarget::cut_power() {
  ++counters_.power_cuts;
  ports_since_boot_.clear();
  fences_.clear();
  drop_connections();
  const std::vector<Task*> running = timeline_;
  for (Task* task : running) kill(*task);
  for (const auto& lun : luns_) lun->disk().cut_power(random_);
}

void FakeTarget::drop_connections() {
  for (TargetConnection* connection : connections_) connection->abort();
}

void FakeTarget::set_silent(bool is_silent) {
  is_silent_ = is_silent;
  if (!is_silent) return;
  for (TargetConnection* connection : connections_) connection->is_mute_ = true;
}

void FakeTarget::set_command_window(uint32_t commands) {
  command_window_ = commands;
  for (TargetConnection* connection : connections_) connection->announce_window();
}

void FakeTarget::resize_lun(uint64_t number, uint64_t capacity_bytes) {
  for (const auto& lun : luns_) {
    if (lun->options().number == number) lun->resize(capacity_bytes);
  }
  raise_attention(number, 0x2a, 0x09);
}

void FakeTarget::replace_lun(uint64_t number, uint64_t naa_high, uint64_t naa_low) {
  for (const auto& lun : luns_) {
    if (lun->options().number == number) lun->set_identity(naa_high, naa_low);
  }
  raise_attention(number, 0x3f, 0x0e);
}

void FakeTarget::set_lun_missing(uint64_t number, bool is_missing) {
  std::erase(missing_luns_, number);
  if (is_missing) missing_luns_.push_back(number);
}

void FakeTarget::raise_attention(uint64_t number, uint8_t asc, uint8_t ascq) {
  for (const auto& session : sessions_) {
    if (!session->is_discovery) session->attentions.push_back({number, asc, ascq});
  }
}

void FakeTarget::send_async(uint8_t event, uint16_t parameter1, uint16_t parameter2, uint16_t parameter3) {
  for (TargetConnection* connection : connections_) {
    connection->send_async(event, parameter1, parameter2, parameter3);
  }
}

void FakeTarget::ping() {
  for (TargetConnection* connection : connections_) {
    if (connection->session_ != 0) connection->send_ping();
  }
}

}  // namespace laneway::fake
