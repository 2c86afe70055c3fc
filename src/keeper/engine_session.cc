#include "keeper/engine_session.h"

#include <fcntl.h>

#include <cerrno>

namespace laneway {

void EngineSession::attach(UniqueFd connection) {
  detach();
  connection_ = std::move(connection);
}

void EngineSession::detach() {
  connection_.reset();
  outbox_.clear();
  feed_ = {};
}

void EngineSession::post(const PacketView& packet) {
  std::vector<UniqueFd> copies;
  for (const int fd : packet.descriptors) copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  outbox_.push_back({packet.kind, std::string(packet.key), packet.number, packet.part, packet.parts,
                     std::vector<uint8_t>(packet.bytes.begin(), packet.bytes.end()), std::move(copies)});
}

void EngineSession::post_items() { outbox_.push_back({PacketKind::item, {}, 0, 0, 1, {}, {}, true}); }

Result<void> EngineSession::flush(const ItemStore& items) {
  while (connection_ && !outbox_.empty()) {
    const int sent = send_front(items);
    if (sent == 0) return {};
    if (sent < 0) return fail(ErrorCode::unreachable, "{}", errno_text(-sent));
    outbox_.pop_front();
  }
  return {};
}

int EngineSession::send_front(const ItemStore& items) {
  const Letter& front = outbox_.front();
  if (front.is_all_items) return feed_items(items);
  std::vector<int> descriptors;
  for (const UniqueFd& fd : front.descriptors) descriptors.push_back(fd.get());
  const int outcome = send_packet(
      connection_.get(), {front.kind, front.key, front.number, front.part, front.parts, front.bytes, descriptors},
      MSG_DONTWAIT);
  if (outcome == -EAGAIN || outcome == -ETOOMANYREFS) return 0;
  return outcome == 0 ? 1 : outcome;
}

// An item that changes while its parts are on their way is sent anew: a first part begins it again.
int EngineSession::feed_items(const ItemStore& items) {
  for (;;) {
    const auto found = items.items().lower_bound(feed_.key);
    if (found == items.items().end()) break;
    const ItemStore::Held& held = found->second;
    if (found->first != feed_.key || held.version != feed_.version) feed_ = {found->first, held.version, 0};
    const std::vector<int> descriptors = descriptors_of(held.item);
    const PacketView whole{PacketKind::item, held.item.key, held.item.note, 0, 1, held.item.bytes, descriptors};
    const uint16_t parts = parts_of_item(whole.bytes.size(), whole.descriptors.size());
    const int outcome = send_packet(connection_.get(), part_of_item(whole, feed_.part), MSG_DONTWAIT);
    if (outcome == -EAGAIN || outcome == -ETOOMANYREFS) return 0;
    if (outcome != 0) return outcome;
    if (++feed_.part == parts) feed_ = {found->first + ' ', 0, 0};  // the least text behind this key
  }
  feed_ = {};
  return 1;
}

Result<std::optional<Packet>> EngineSession::receive() {
  if (!connection_) return std::optional<Packet>();
  Result<std::optional<Packet>> packet = receive_packet(connection_.get(), incoming_, MSG_DONTWAIT);
  if (!packet && packet.error().code == ErrorCode::timed_out) return std::optional<Packet>();
  if (packet && !packet->has_value()) return fail(ErrorCode::unreachable, "it ended its connection");
  return packet;
}

}  // namespace laneway
