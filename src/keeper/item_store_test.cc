// What the keeper holds: whole puts count, notes outlive puts, the mirror is told of every change.
#include "keeper/item_store.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

struct Mirror final : ItemMirror {
  void item_kept(const KeptItem& item) override { told.push_back("kept " + item.key); }
  void item_noted(const KeptItem& item) override { told.push_back("noted " + item.key); }
  void item_dropped(const std::string& key) override { told.push_back("dropped " + key); }
  std::vector<std::string> told;
};

Packet packet_of(PacketKind kind, std::string key, uint64_t number = 0, std::vector<uint8_t> bytes = {}) {
  Packet packet;
  packet.kind = kind;
  packet.key = std::move(key);
  packet.number = number;
  packet.bytes = std::move(bytes);
  return packet;
}

TEST(ItemStore, ANoteOutlivesThePutOfItsItem) {
  ItemStore store(nullptr);
  EXPECT_TRUE(store.take(packet_of(PacketKind::put, "vf/a", 0, {1})).has_value());
  EXPECT_EQ(store.find("vf/a")->item.note, 0u);
  EXPECT_TRUE(store.take(packet_of(PacketKind::note, "vf/a", 3)).has_value());
  EXPECT_TRUE(store.take(packet_of(PacketKind::put, "vf/a", 0, {2})).has_value());
  EXPECT_EQ(store.find("vf/a")->item.note, 3u);
  EXPECT_EQ(store.find("vf/a")->item.bytes, std::vector<uint8_t>{2});
}

TEST(ItemStore, ADroppedItemTakesItsNoteWithIt) {
  ItemStore store(nullptr);
  (void)store.take(packet_of(PacketKind::put, "vf/a"));
  (void)store.take(packet_of(PacketKind::note, "vf/a", 3));
  (void)store.take(packet_of(PacketKind::drop, "vf/a"));
  EXPECT_EQ(store.find("vf/a"), nullptr);
  EXPECT_TRUE(store.take(packet_of(PacketKind::note, "vf/a", 4)).has_value());
  (void)store.take(packet_of(PacketKind::put, "vf/a"));
  EXPECT_EQ(store.find("vf/a")->item.note, 0u);
}

TEST(ItemStore, APutThatIsNotWholeLeavesTheFormerItem) {
  ItemStore store(nullptr);
  (void)store.take(packet_of(PacketKind::put, "vf/a", 0, {1}));
  Packet half = packet_of(PacketKind::put, "vf/a", 0, {2});
  half.parts = 2;
  EXPECT_TRUE(store.take(std::move(half)).has_value());
  store.forget_unfinished();
  Packet rest = packet_of(PacketKind::put, "vf/a", 0, {3});
  rest.part = 1;
  rest.parts = 2;
  EXPECT_FALSE(store.take(std::move(rest)).has_value());
  EXPECT_EQ(store.find("vf/a")->item.bytes, std::vector<uint8_t>{1});
}

TEST(ItemStore, TellsItsMirrorOfEveryChange) {
  Mirror mirror;
  ItemStore store(&mirror);
  KeptItem old;
  old.key = "old";
  store.adopt(std::move(old));
  (void)store.take(packet_of(PacketKind::put, "a"));
  (void)store.take(packet_of(PacketKind::note, "a", 1));
  (void)store.take(packet_of(PacketKind::drop, "nothing"));
  store.drop_all();
  EXPECT_EQ(mirror.told, (std::vector<std::string>{"kept a", "noted a", "dropped a", "dropped old"}));
}

}  // namespace
}  // namespace laneway
