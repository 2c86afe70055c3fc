#include "keeper/keeper_client.h"

#include <unistd.h>

#include "keeper/keeper_socket.h"

namespace laneway {

Result<KeeperClient> KeeperClient::connect(const std::string& socket_path, std::string_view engine_version) {
  Result<UniqueFd> socket = connect_to_keeper(socket_path);
  if (!socket) return pass_on(socket);
  KeeperClient client(std::move(*socket));
  const PacketView hello{.kind = PacketKind::hello, .number = kKeeperProtocol, .bytes = bytes_of_text(engine_version)};
  if (const int outcome = send_packet(client.socket(), hello, 0); outcome != 0) {
    return fail(ErrorCode::unreachable, "The keeper cannot be told anything: {}.", errno_text(-outcome));
  }
  return client;
}

Result<Packet> KeeperClient::next() {
  Result<std::optional<Packet>> packet = receive_packet(socket(), incoming_, 0);
  if (!packet) return fail(packet.error().code, "The keeper's packets make no sense: {}.", packet.error().message);
  if (!packet->has_value()) return fail(ErrorCode::unreachable, "The keeper ended the connection.");
  return std::move(**packet);
}

Result<Inheritance> KeeperClient::receive() {
  Inheritance out;
  ItemAssembly assembly;
  for (;;) {
    Result<Packet> packet = next();
    if (!packet) return pass_on(packet);
    if (packet->kind == PacketKind::end_of_items) {
      out.idle_since_ns = packet->number;
      return out;
    }
    if (packet->kind == PacketKind::welcome) {
      is_successor_ = (packet->number & kWelcomeSuccessor) != 0;
      if (!packet->descriptors.empty()) spare_ = std::move(packet->descriptors.front());
    }
    if (Result<void> taken = take(std::move(*packet), assembly, out); !taken) return pass_on(taken);
  }
}

Result<void> KeeperClient::take(Packet packet, ItemAssembly& assembly, Inheritance& into) {
  if (packet.kind == PacketKind::welcome) into.is_careful = (packet.number & kWelcomeCareful) != 0;
  if (packet.kind == PacketKind::quarantined) into.quarantined.push_back(packet.key);
  if (packet.kind != PacketKind::item) return {};
  Result<std::optional<KeptItem>> item = assembly.take(std::move(packet));
  if (!item) return pass_on(item);
  if (item->has_value()) {
    std::string key = (*item)->key;
    into.items[std::move(key)] = std::move(**item);
  }
  return {};
}

Result<Inheritance> KeeperClient::succeed() {
  if (const int outcome = send_packet(socket(), {.kind = PacketKind::ready}, 0); outcome != 0) {
    return fail(ErrorCode::unreachable, "The keeper cannot be told anything: {}.", errno_text(-outcome));
  }
  for (;;) {
    Result<Packet> packet = next();
    if (!packet) return pass_on(packet);
    if (packet->kind != PacketKind::go) continue;
    // From here on it speaks for itself, no longer to whoever asked for the check.
    if (!packet->descriptors.empty()) (void)::dup3(packet->descriptors.front().get(), STDERR_FILENO, 0);
    return receive();
  }
}

}  // namespace laneway
