#include "keeper/item_store.h"

namespace laneway {

Result<void> ItemStore::take(Packet packet) {
  if (packet.kind == PacketKind::note) {
    note(packet);
    return {};
  }
  if (packet.kind == PacketKind::drop) {
    drop(packet.key);
    return {};
  }
  LW_ASSERT(packet.kind == PacketKind::put);
  Result<std::optional<KeptItem>> item = assembly_.take(std::move(packet));
  if (!item) return pass_on(item);
  if (!item->has_value()) return {};
  if (items_.size() == kItemsMax && find((*item)->key) == nullptr) {
    return fail(ErrorCode::protocol, "more than {} items", kItemsMax);
  }
  keep(std::move(**item));
  return {};
}

void ItemStore::adopt(KeptItem item) {
  std::string key = item.key;
  items_[std::move(key)] = Held{std::move(item), ++version_};
}

void ItemStore::keep(KeptItem item) {
  Held& held = items_[item.key];
  item.note = held.item.note;
  held = Held{std::move(item), ++version_};
  if (mirror_ != nullptr) mirror_->item_kept(held.item);
}

// A note of an item that there is not is of a drop that overtook nothing: it means nothing.
void ItemStore::note(const Packet& packet) {
  const auto found = items_.find(packet.key);
  if (found == items_.end()) return;
  found->second.item.note = packet.number;
  if (mirror_ != nullptr) mirror_->item_noted(found->second.item);
}

void ItemStore::drop(std::string_view key) {
  const auto found = items_.find(key);
  if (found == items_.end()) return;
  if (mirror_ != nullptr) mirror_->item_dropped(found->first);
  items_.erase(found);
}

void ItemStore::drop_all() {
  while (!items_.empty()) drop(std::string(items_.begin()->first));
}

const ItemStore::Held* ItemStore::find(std::string_view key) const {
  const auto found = items_.find(key);
  return found == items_.end() ? nullptr : &found->second;
}

}  // namespace laneway
