// Packets of an engine as the keeper takes them: each is refused, or is the same after another round of encoding; what
// they leave in the store stays within its limits.
#include "base/check.h"
#include "keeper/broker_request.h"
#include "keeper/item_store.h"
#include "keeper/manifest.h"

using namespace laneway;

namespace {

void encode_again(const Packet& packet) {
  std::vector<uint8_t> bytes =
      encode_packet_head({packet.kind, packet.key, packet.number, packet.part, packet.parts, ByteView(), {}});
  bytes.insert(bytes.end(), packet.bytes.begin(), packet.bytes.end());
  const Result<Packet> again = decode_packet(bytes, {});
  LW_ASSERT(again.has_value() && again->key == packet.key && again->bytes == packet.bytes);
}

void check_answer(const Packet& packet) {
  Packet copy;
  copy.bytes = packet.bytes;
  const Result<Answer> answer = decode_answer(std::move(copy));
  if (answer) (void)decode_addresses(answer->text);
}

}  // namespace

// The input: packets, each behind the two bytes of its length.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (const Result<Manifest> manifest = decode_manifest({data, data + size}); manifest) {
    LW_ASSERT(decode_manifest(encode_manifest(*manifest)).has_value());
  }
  ByteView rest(data, size);
  ItemStore store(nullptr);
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(load_le<uint16_t>(rest, 0), rest.size() - 2);
    Result<Packet> packet = decode_packet(rest.subspan(2, length), {});
    rest = rest.subspan(2 + length);
    if (!packet) continue;
    const bool is_small = packet->key.size() + packet->bytes.size() < 60 * 1024;
    if (is_small) encode_again(*packet);
    if (packet->kind == PacketKind::ask) (void)decode_broker_request(packet->bytes);
    if (packet->kind == PacketKind::answer) check_answer(*packet);
    const bool is_for_store =
        packet->kind == PacketKind::put || packet->kind == PacketKind::note || packet->kind == PacketKind::drop;
    if (is_for_store) (void)store.take(std::move(*packet));
  }
  for (const auto& [key, held] : store.items()) LW_ASSERT(is_key(key) && held.item.bytes.size() <= kItemBytesMax);
  return 0;
}
