#include "loadgen/front_end_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "base/units.h"
#include "loadgen/disk_shape.h"
#include "loadgen/testing/words.h"
#include "virtio/blk.h"

namespace laneway {
namespace {

struct Ends {
  Ends() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    client = UniqueFd(pair[0]);
    server = UniqueFd(pair[1]);
  }
  UniqueFd client;
  UniqueFd server;
};

// What asking for the features gives where the server has sent `bytes` beforehand.
std::string answer_to(const std::vector<uint8_t>& bytes, bool closes) {
  Ends ends;
  EXPECT_EQ(::send(ends.server.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  if (closes) ::shutdown(ends.server.get(), SHUT_WR);
  FrontEndChannel channel(std::move(ends.client), "disk.sock", 50 * kMillisecond);
  const auto features = channel.ask_number(VhostUserRequest::get_features);
  return features ? fmt::format("features {:#x}", *features) : features.error().message;
}

std::vector<uint8_t> message(uint32_t request, uint32_t flags, uint32_t announced_bytes, size_t sent_bytes) {
  const MessageHeaderWire header{request, flags, announced_bytes};
  const ByteView view = bytes_of(header);
  std::vector<uint8_t> bytes(view.begin(), view.end());
  bytes.resize(bytes.size() + sent_bytes, 1);
  return bytes;
}

TEST(FrontEndChannel, TakesARightAnswer) {
  EXPECT_EQ(answer_to(message(1, 5, 8, 8), false), "features 0x101010101010101");
}

TEST(FrontEndChannel, NonsenseIsAnErrorThatNamesSocketAndMessage) {
  const std::string other = answer_to(message(2, 5, 8, 8), false);
  EXPECT_TRUE(contains(other, "disk.sock: the answer to GET_FEATURES makes no sense")) << other;
  EXPECT_TRUE(contains(answer_to(message(1, 1, 8, 8), false), "makes no sense")) << "no reply flag";
  EXPECT_TRUE(contains(answer_to(message(1, 6, 8, 8), false), "makes no sense")) << "version 2";
  EXPECT_TRUE(contains(answer_to(message(1, 5, 100'000, 8), false), "makes no sense")) << "too long";
  EXPECT_TRUE(contains(answer_to(message(1, 5, 4, 4), false), "4 bytes instead of 8"));
  EXPECT_TRUE(contains(answer_to({'H', 'T', 'T', 'P', '/', '1', '.', '1', ' ', '4', '0', '0'}, false), "no sense"));
}

TEST(FrontEndChannel, SilenceAndAnEarlyEndAreErrors) {
  EXPECT_TRUE(contains(answer_to({}, false), "no answer to GET_FEATURES within 50 ms"));
  EXPECT_TRUE(contains(answer_to(message(1, 5, 8, 3), false), "no answer"));
  EXPECT_TRUE(contains(answer_to({}, true), "closed the connection instead of answering GET_FEATURES"));
  EXPECT_TRUE(contains(answer_to(message(1, 5, 8, 3), true), "closed the connection"));
}

TEST(FrontEndChannel, ARefusalIsAnError) {
  const auto tell_after = [](const std::vector<uint8_t>& bytes) {
    Ends ends;
    EXPECT_GT(::send(ends.server.get(), bytes.data(), bytes.size(), 0), 0);
    FrontEndChannel channel(std::move(ends.client), "disk.sock", 50 * kMillisecond);
    channel.ask_for_acknowledgements();
    const auto told = channel.tell_number(VhostUserRequest::set_features, 0);
    return told ? std::string("taken") : told.error().message;
  };
  EXPECT_TRUE(contains(tell_after(message(2, 5, 8, 8)), "refused SET_FEATURES"));
  EXPECT_TRUE(contains(tell_after(message(2, 5, 4, 4)), "4 bytes instead of 8"));
}

TEST(FrontEndChannel, AServerThatIsGoneIsAnError) {
  Ends ends;
  ends.server.reset();
  FrontEndChannel channel(std::move(ends.client), "disk.sock", 50 * kMillisecond);
  const auto told = channel.tell(VhostUserRequest::set_owner, {});
  ASSERT_FALSE(told.has_value());
  EXPECT_TRUE(contains(told.error().message, "closed the connection before SET_OWNER"));
}

TEST(DiskShape, DecodesWhatTheFeaturesAnnounce) {
  BlkConfigWire config;
  config.capacity_sectors = 2048;
  config.size_max = 65536;
  config.seg_max = 126;
  config.blk_size = 4096;
  config.queues = 4;
  auto shape = decode_disk_shape(bytes_of(config), 0);
  ASSERT_TRUE(shape.has_value());
  EXPECT_EQ(shape->capacity_bytes, kMiB);
  EXPECT_EQ(shape->block_bytes, 512u);
  EXPECT_EQ(shape->segments_max, 0u);
  EXPECT_EQ(shape->queues_max, 1u);
  shape = decode_disk_shape(bytes_of(config), blk_feature::kSizeMax | blk_feature::kSegMax | blk_feature::kBlkSize |
                                                  blk_feature::kMultiQueue | blk_feature::kReadOnly);
  ASSERT_TRUE(shape.has_value());
  EXPECT_EQ(shape->block_bytes, 4096u);
  EXPECT_EQ(shape->segment_bytes_max, 65536u);
  EXPECT_EQ(shape->segments_max, 126u);
  EXPECT_EQ(shape->queues_max, 4u);
  EXPECT_TRUE(shape->is_read_only);
}

TEST(DiskShape, RefusesNonsense) {
  BlkConfigWire config;
  EXPECT_FALSE(decode_disk_shape(bytes_of(config).first(59), 0).has_value());
  config.capacity_sectors = UINT64_MAX;
  EXPECT_FALSE(decode_disk_shape(bytes_of(config), 0).has_value());
  config.capacity_sectors = 8;
  config.blk_size = 0;
  EXPECT_FALSE(decode_disk_shape(bytes_of(config), blk_feature::kBlkSize).has_value());
  config.blk_size = 1000;
  EXPECT_FALSE(decode_disk_shape(bytes_of(config), blk_feature::kBlkSize).has_value());
}

}  // namespace
}  // namespace laneway
