// Packets and stored items as neighbouring versions write them (docs/decisions/0064): committed samples of the bytes.
#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/testing/sample_file.h"
#include "keeper/broker_request.h"
#include "keeper/manifest.h"

namespace laneway {
namespace {

using testing::as_sample;
using testing::sample;
using testing::sample_lines;

std::string path_of(const std::string& name) { return std::string(LANEWAY_TESTDATA) + "/" + name; }

std::vector<uint8_t> sample_of(const PacketView& view) {
  std::vector<uint8_t> out = encode_packet_head(view);
  out.insert(out.end(), view.bytes.begin(), view.bytes.end());
  return out;
}

// Each kind once, those with content of their own with all forms of it: the lines of packets_1.hex.
std::vector<std::vector<uint8_t>> written_packets() {
  const ByteView version = bytes_of_text("1.0");
  const std::vector<uint8_t> byte = {0xaa};
  const std::vector<uint8_t> open = encode_broker_request({BrokerCall::open, O_CLOEXEC, "/a"});
  const std::vector<uint8_t> rename = encode_broker_request({BrokerCall::rename, 0, "/a", "/b"});
  const std::vector<uint8_t> text = encode_answer(Answer{"0"});
  const std::vector<uint8_t> error = encode_answer(fail(ErrorCode::not_found, "no"));
  return {
      sample_of({.kind = PacketKind::hello, .number = kKeeperProtocol, .bytes = version}),
      sample_of({.kind = PacketKind::hello_again, .number = kKeeperProtocol, .bytes = version}),
      sample_of({PacketKind::put, "vf/a", 9, 1, 3, byte}),
      sample_of({.kind = PacketKind::note, .key = "vf/a", .number = 7}),
      sample_of({.kind = PacketKind::drop, .key = "disk/a"}),
      sample_of({.kind = PacketKind::restoring, .key = "vf/a"}),
      sample_of({.kind = PacketKind::served}),
      sample_of({.kind = PacketKind::ready}),
      sample_of({.kind = PacketKind::upgrade, .number = 5, .bytes = bytes_of_text("/bin/e")}),
      sample_of({.kind = PacketKind::release, .key = "vf/a"}),
      sample_of({.kind = PacketKind::ask, .number = 6, .bytes = open}),
      sample_of({.kind = PacketKind::ask, .number = 6, .bytes = rename}),
      sample_of({.kind = PacketKind::handed_over}),
      sample_of({.kind = PacketKind::welcome, .number = kWelcomeCareful | kWelcomeSuccessor}),
      sample_of({.kind = PacketKind::quarantined, .key = "vf/a"}),
      sample_of({.kind = PacketKind::item, .key = "listener/a", .number = 2}),
      sample_of({.kind = PacketKind::end_of_items, .number = 1000}),
      sample_of({.kind = PacketKind::go}),
      sample_of({.kind = PacketKind::hand_over}),
      sample_of({.kind = PacketKind::answer, .number = 6, .bytes = text}),
      sample_of({.kind = PacketKind::answer, .number = 6, .bytes = error}),
  };
}

TEST(PacketSample, IsWhatThisVersionSays) {
  const auto known = sample_lines(path_of("packets_1.hex"));
  const auto written = written_packets();
  ASSERT_EQ(written.size(), known.size());
  for (size_t i = 0; i < known.size(); ++i) {
    EXPECT_EQ(as_sample(written[i]), as_sample(known[i]))
        << "Keepers and engines of other versions read this. What is new takes a kind or a flag of its own, which the "
           "other one skips.";
  }
}

TEST(PacketSample, IsUnderstood) {
  for (const std::vector<uint8_t>& line : sample_lines(path_of("packets_1.hex"))) {
    Result<Packet> packet = decode_packet(line, {});
    ASSERT_TRUE(packet.has_value()) << as_sample(line);
    EXPECT_EQ(sample_of({packet->kind, packet->key, packet->number, packet->part, packet->parts, packet->bytes}), line);
    if (packet->kind == PacketKind::ask) {
      EXPECT_TRUE(decode_broker_request(packet->bytes).has_value()) << as_sample(line);
    }
    if (packet->kind != PacketKind::answer) continue;
    const Result<Answer> answer = decode_answer(std::move(*packet));
    EXPECT_TRUE(answer ? answer->text == "0" : answer.error().code == ErrorCode::not_found) << as_sample(line);
  }
}

// Who takes such a packet skips it: Keeper, KeeperClient and KeeperLink know what they know.
TEST(PacketSample, OfALaterVersionIsTakenWithoutWhatIsNew) {
  const auto later = sample_lines(path_of("packets_later.hex"));
  ASSERT_EQ(later.size(), 4u);
  for (const std::vector<uint8_t>& line : later) EXPECT_TRUE(decode_packet(line, {}).has_value()) << as_sample(line);
  const Result<Packet> welcome = decode_packet(later[2], {});
  EXPECT_EQ(welcome->number & (kWelcomeSuccessor | kWelcomeCareful), kWelcomeSuccessor);
  const Result<Answer> answer = decode_answer(std::move(*decode_packet(later[3], {})));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::internal);
  EXPECT_EQ(answer.error().message, "why");
}

TEST(ManifestSample, IsWhatThisVersionWritesAndReads) {
  const std::vector<uint8_t> known = sample(path_of("manifest_1.hex"));
  EXPECT_EQ(as_sample(encode_manifest({"vf/a", 7, {1, 99}, {4, 5, 6}})), as_sample(known))
      << "A keeper of another version finds this in the service manager's store; another form takes another magic.";
  const Result<Manifest> manifest = decode_manifest(known);
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(encode_manifest(*manifest), known);
}

// And so taken out of the store: front-ends connect again (DescriptorStoreTest.TakesOutWhatIsOfNoUse).
TEST(ManifestSample, OfALaterVersionIsRefused) {
  const std::vector<uint8_t> later = sample(path_of("manifest_2.hex"));
  ASSERT_FALSE(later.empty());
  EXPECT_FALSE(decode_manifest(later).has_value());
}

}  // namespace
}  // namespace laneway
