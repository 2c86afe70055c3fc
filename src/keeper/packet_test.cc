// The keeper's packets: what is encoded is decoded, parts make the item again, nonsense is refused.
#include "keeper/packet.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "keeper/item.h"

namespace laneway {
namespace {

std::vector<uint8_t> encoded(const PacketView& view) {
  std::vector<uint8_t> out = encode_packet_head(view);
  out.insert(out.end(), view.bytes.begin(), view.bytes.end());
  return out;
}

TEST(Packet, IsDecodedAsItWasEncoded) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  Result<Packet> packet = decode_packet(encoded({PacketKind::put, "vf/a", 7, 2, 5, bytes}), {});
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->kind, PacketKind::put);
  EXPECT_EQ(packet->key, "vf/a");
  EXPECT_EQ(packet->number, 7u);
  EXPECT_EQ(packet->part, 2);
  EXPECT_EQ(packet->parts, 5);
  EXPECT_EQ(packet->bytes, bytes);
}

// This version's bytes, which the next version must understand, and the former one's: change them never.
TEST(Packet, HasTheBytesThatOtherVersionsKnow) {
  const std::vector<uint8_t> sample = {2, 0, 4, 0, 1, 0, 3, 0, 9, 0, 0, 0, 0, 0, 0, 0, 'v', 'f', '/', 'a', 0xaa};
  Result<Packet> packet = decode_packet(sample, {});
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(encoded({packet->kind, packet->key, packet->number, packet->part, packet->parts, packet->bytes}), sample);
  EXPECT_EQ(static_cast<int>(PacketKind::hello_again), 2);
  EXPECT_EQ(static_cast<int>(PacketKind::answer), 38);
}

TEST(Packet, RefusesWhatMakesNoSense) {
  const std::vector<uint8_t> whole = encoded({PacketKind::put, "vf/a", 0, 0, 1, {}});
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_packet(ByteView(whole).first(length), {}).has_value()) << length;
  }
  EXPECT_FALSE(decode_packet(encoded({PacketKind::put, "a key", 0, 0, 1, {}}), {}).has_value());
  EXPECT_FALSE(decode_packet(encoded({PacketKind::put, "a:b", 0, 0, 1, {}}), {}).has_value());
  EXPECT_FALSE(decode_packet(encoded({PacketKind::put, "a", 0, 1, 1, {}}), {}).has_value());
  EXPECT_FALSE(decode_packet(encoded({PacketKind::put, "a", 0, 0, 0, {}}), {}).has_value());
  std::vector<uint8_t> long_key = whole;
  long_key[2] = 255;
  EXPECT_FALSE(decode_packet(long_key, {}).has_value());
}

class Items : public ::testing::Test {
 protected:
  // An item in its parts, each through the wire.
  Result<std::optional<KeptItem>> through_parts(const PacketView& whole) {
    const uint16_t parts = parts_of_item(whole.bytes.size(), whole.descriptors.size());
    for (uint16_t part = 0;; ++part) {
      Result<std::optional<KeptItem>> taken = assembly_.take(wire(part_of_item(whole, part)));
      if (!taken || part + 1 == parts) return taken;
      EXPECT_FALSE(taken->has_value());
    }
  }
  static Packet wire(const PacketView& view) {
    std::vector<UniqueFd> copies;
    for (const int fd : view.descriptors) copies.emplace_back(::dup(fd));
    Result<Packet> packet = decode_packet(encoded(view), std::move(copies));
    EXPECT_TRUE(packet.has_value());
    return packet ? std::move(*packet) : Packet();
  }

  ItemAssembly assembly_;
};

TEST_F(Items, AreTheSameAfterTheirParts) {
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC));
  for (const size_t size : {0, 1, 65000, 200000}) {
    for (const size_t count : {0, 1, 250, 251, 600}) {
      const std::vector<uint8_t> bytes(size, 42);
      const std::vector<int> descriptors(count, event.get());
      Result<std::optional<KeptItem>> item = through_parts({PacketKind::item, "vf/a", 9, 0, 1, bytes, descriptors});
      ASSERT_TRUE(item.has_value() && item->has_value());
      EXPECT_EQ((*item)->bytes, bytes);
      EXPECT_EQ((*item)->descriptors.size(), count);
      EXPECT_EQ((*item)->note, 9u);
    }
  }
}

TEST_F(Items, InPartsBesideEachOtherDoNotMix) {
  const std::vector<uint8_t> ones(100000, 1);
  const std::vector<uint8_t> twos(100000, 2);
  const PacketView a{PacketKind::put, "a", 0, 0, 1, ones};
  const PacketView b{PacketKind::put, "b", 0, 0, 1, twos};
  EXPECT_FALSE(assembly_.take(wire(part_of_item(a, 0)))->has_value());
  EXPECT_FALSE(assembly_.take(wire(part_of_item(b, 0)))->has_value());
  EXPECT_EQ((*assembly_.take(wire(part_of_item(a, 1))))->bytes, ones);
  EXPECT_EQ((*assembly_.take(wire(part_of_item(b, 1))))->bytes, twos);
}

TEST_F(Items, AFirstPartBeginsAnew) {
  const std::vector<uint8_t> ones(100000, 1);
  EXPECT_FALSE(assembly_.take(wire(part_of_item({PacketKind::put, "a", 0, 0, 1, ones}, 0)))->has_value());
  const std::vector<uint8_t> little = {7};
  EXPECT_EQ((*assembly_.take(wire({PacketKind::put, "a", 0, 0, 1, little})))->bytes, little);
}

TEST_F(Items, PartsOutOfOrderAreRefused) {
  const std::vector<uint8_t> ones(200000, 1);
  const PacketView whole{PacketKind::put, "a", 0, 0, 1, ones};
  EXPECT_FALSE(assembly_.take(wire(part_of_item(whole, 1))).has_value());
  EXPECT_TRUE(assembly_.take(wire(part_of_item(whole, 0))).has_value());
  EXPECT_FALSE(assembly_.take(wire(part_of_item(whole, 2))).has_value());
  EXPECT_FALSE(assembly_.take(wire(part_of_item(whole, 1))).has_value());  // gone with the refusal
  EXPECT_FALSE(assembly_.take(wire({PacketKind::put, "", 0, 0, 1, {}})).has_value());
}

TEST_F(Items, TooLargeOnesAreRefused) {
  const std::vector<uint8_t> share(65000, 1);
  Result<std::optional<KeptItem>> taken = std::optional<KeptItem>();
  for (uint16_t part = 0; part < 200 && taken.has_value(); ++part) {
    taken = assembly_.take(wire({PacketKind::put, "a", 0, part, 200, share}));
  }
  EXPECT_FALSE(taken.has_value());
}

}  // namespace
}  // namespace laneway
