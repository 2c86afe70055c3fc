#include "keeper/packet.h"

#include <algorithm>

namespace laneway {

namespace {

struct PacketWire {
  uint16_t kind;
  uint16_t key_bytes;
  uint16_t part;
  uint16_t parts;
  uint64_t number;
};
static_assert(sizeof(PacketWire) == 16);

constexpr size_t kPartBytesMax = kPacketBytesMax - sizeof(PacketWire) - kKeyBytesMax;

}  // namespace

bool is_key(std::string_view text) {
  const auto is_allowed = [](char each) { return each > ' ' && each < 0x7f && each != ':'; };
  return !text.empty() && text.size() <= kKeyBytesMax && std::all_of(text.begin(), text.end(), is_allowed);
}

std::vector<uint8_t> encode_packet_head(const PacketView& packet) {
  LW_ASSERT(packet.key.size() <= kKeyBytesMax && packet.bytes.size() <= kPartBytesMax);
  const PacketWire wire{static_cast<uint16_t>(packet.kind), static_cast<uint16_t>(packet.key.size()), packet.part,
                        packet.parts, packet.number};
  const ByteView head = bytes_of(wire);
  std::vector<uint8_t> out(head.begin(), head.end());
  out.insert(out.end(), packet.key.begin(), packet.key.end());
  return out;
}

Result<Packet> decode_packet(ByteView bytes, std::vector<UniqueFd> descriptors) {
  PacketWire wire{};
  if (bytes.size() > kPacketBytesMax || !copy_out(bytes, 0, wire)) {
    return fail(ErrorCode::protocol, "a packet of {} bytes", bytes.size());
  }
  const ByteView rest = bytes.subspan(sizeof(wire));
  if (wire.key_bytes > rest.size()) return fail(ErrorCode::protocol, "a packet that ends in its key");
  const std::string_view key = text_of(rest.first(wire.key_bytes));
  if (!key.empty() && !is_key(key)) return fail(ErrorCode::protocol, "a key of {} bytes that is none", key.size());
  if (descriptors.size() > kPacketDescriptorsMax || wire.part >= wire.parts) {
    return fail(ErrorCode::protocol, "part {} of {} with {} descriptors", wire.part, wire.parts, descriptors.size());
  }
  Packet packet;
  packet.kind = static_cast<PacketKind>(wire.kind);
  packet.key = key;
  packet.number = wire.number;
  packet.part = wire.part;
  packet.parts = wire.parts;
  const ByteView content = rest.subspan(wire.key_bytes);
  packet.bytes.assign(content.begin(), content.end());
  packet.descriptors = std::move(descriptors);
  return packet;
}

uint16_t parts_of_item(size_t bytes, size_t descriptors) {
  LW_ASSERT(bytes <= kItemBytesMax && descriptors <= kItemDescriptorsMax);
  const size_t by_bytes = (bytes + kPartBytesMax - 1) / kPartBytesMax;
  const size_t by_descriptors = (descriptors + kPacketDescriptorsMax - 1) / kPacketDescriptorsMax;
  return static_cast<uint16_t>(std::max({by_bytes, by_descriptors, size_t{1}}));
}

PacketView part_of_item(const PacketView& whole, uint16_t part) {
  PacketView out = whole;
  out.part = part;
  out.parts = parts_of_item(whole.bytes.size(), whole.descriptors.size());
  const size_t first_byte = std::min(part * kPartBytesMax, whole.bytes.size());
  out.bytes = whole.bytes.subspan(first_byte, std::min(kPartBytesMax, whole.bytes.size() - first_byte));
  const size_t first_fd = std::min(part * kPacketDescriptorsMax, whole.descriptors.size());
  out.descriptors =
      whole.descriptors.subspan(first_fd, std::min(kPacketDescriptorsMax, whole.descriptors.size() - first_fd));
  return out;
}

}  // namespace laneway
