#include "engine/testing/fake_keeper.h"

#include <poll.h>

namespace laneway {

FakeKeeper::FakeKeeper(const std::string& path) {
  Result<KeeperListener> listener = listen_as_keeper(path);
  LW_ASSERT(listener.has_value());
  listener_ = std::move(*listener);
}

void FakeKeeper::accept() {
  pollfd waiting{listener_.socket.get(), POLLIN, 0};
  LW_ASSERT(::poll(&waiting, 1, 20'000) == 1);
  connection_ = UniqueFd(::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

Packet FakeKeeper::next() {
  Result<std::optional<Packet>> packet = receive_packet(connection_.get(), incoming_, 0);
  Packet none;
  none.kind = PacketKind{0};
  return packet && packet->has_value() ? std::move(**packet) : std::move(none);
}

Packet FakeKeeper::store_until(PacketKind kind) {
  for (;;) {
    Packet packet = next();
    const PacketKind its_kind = packet.kind;
    const bool is_for_store =
        its_kind == PacketKind::put || its_kind == PacketKind::note || its_kind == PacketKind::drop;
    const bool is_last = its_kind == kind || its_kind == PacketKind{0};
    Packet copy;
    copy.kind = its_kind;
    copy.key = packet.key;
    copy.number = packet.number;
    if (!is_for_store) return packet;
    LW_ASSERT(store_.take(std::move(packet)).has_value());
    if (is_last) return copy;
  }
}

void FakeKeeper::say(const PacketView& packet) { LW_ASSERT(send_packet(connection_.get(), packet, 0) == 0); }

}  // namespace laneway
