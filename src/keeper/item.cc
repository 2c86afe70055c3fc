#include "keeper/item.h"

namespace laneway {

std::vector<int> descriptors_of(const KeptItem& item) {
  std::vector<int> out;
  out.reserve(item.descriptors.size());
  for (const UniqueFd& fd : item.descriptors) out.push_back(fd.get());
  return out;
}

Result<std::optional<KeptItem>> ItemAssembly::take(Packet packet) {
  if (packet.key.empty()) return fail(ErrorCode::protocol, "an item without a key");
  if (packet.part == 0) {
    if (unfinished_.size() == kUnfinishedMax) return fail(ErrorCode::protocol, "too many items in parts");
    unfinished_[packet.key] = Unfinished{KeptItem{packet.key, packet.number, {}, {}}, packet.parts, 0};
  }
  const auto found = unfinished_.find(packet.key);
  if (found == unfinished_.end()) return fail(ErrorCode::protocol, "item {} without its first part", packet.key);
  if (Result<void> added = add(found->second, packet); !added) {
    unfinished_.erase(found);
    return pass_on(added);
  }
  if (found->second.next < found->second.parts) return std::optional<KeptItem>();
  std::optional<KeptItem> whole = std::move(found->second.item);
  unfinished_.erase(found);
  return whole;
}

Result<void> ItemAssembly::add(Unfinished& to, Packet& packet) {
  if (packet.part != to.next || packet.parts != to.parts) {
    return fail(ErrorCode::protocol, "item {}: part {} of {} where {} of {} was due", packet.key, packet.part,
                packet.parts, to.next, to.parts);
  }
  KeptItem& item = to.item;
  if (item.bytes.size() + packet.bytes.size() > kItemBytesMax ||
      item.descriptors.size() + packet.descriptors.size() > kItemDescriptorsMax) {
    return fail(ErrorCode::protocol, "item {} is too large", packet.key);
  }
  item.bytes.insert(item.bytes.end(), packet.bytes.begin(), packet.bytes.end());
  for (UniqueFd& fd : packet.descriptors) item.descriptors.push_back(std::move(fd));
  ++to.next;
  return {};
}

}  // namespace laneway
