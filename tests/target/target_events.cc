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
  const Attention news{number, asc, ascq};
  for (const auto& session : sessions_) {
    auto& pending = session->attentions;
    const bool is_known = std::find(pending.begin(), pending.end(), news) != pending.end();
    if (!session->is_discovery && !is_known) pending.push_back(news);
  }
}

void FakeTarget::set_port_state(uint16_t port, uint8_t state) {
  port_states_[port] = state;
  for (const auto& lun : luns_) raise_attention(lun->options().number, 0x2a, 0x06);
}

uint8_t FakeTarget::port_state(uint16_t port) const {
  const auto found = port_states_.find(port);
  return found == port_states_.end() ? 0 : found->second;
}

// REPORT TARGET PORT GROUPS (SPC-5 6.36), with one port a group.
void FakeTarget::report_port_groups(Bytes& reply) const {
  reply.assign(4, 0);
  for (const auto& [port, state] : port_states_) {
    reply.insert(reply.end(), {state, 0x8f, 0, static_cast<uint8_t>(port), 0, 0, 0, 1});
    reply.insert(reply.end(), {0, 0, 0, static_cast<uint8_t>(port)});
  }
  store_be<uint32_t>(reply, 0, static_cast<uint32_t>(reply.size() - 4));
}

// TPGS in the standard INQUIRY data; the port's designators in page 83h.
void FakeTarget::tell_port(const Task& task, Bytes& reply) {
  const Session* of = session(task.session);
  if (of == nullptr || reply.size() < 6) return;
  const auto port = static_cast<uint8_t>(of->port);
  if ((task.cdb[1] & 1) == 0) {
    reply[5] |= 0x10;  // implicit
  } else if (task.cdb[2] == 0x83) {
    reply.insert(reply.end(), {0x51, 0x94, 0, 4, 0, 0, 0, port, 0x51, 0x95, 0, 4, 0, 0, 0, port});
    store_be<uint16_t>(reply, 2, static_cast<uint16_t>(reply.size() - 4));
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
