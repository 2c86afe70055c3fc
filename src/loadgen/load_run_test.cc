#include "loadgen/load_run.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "loadgen/load_report.h"
#include "loadgen/responder.h"
#include "loadgen/testing/words.h"

namespace laneway {
namespace {

class Folder {
 public:
  Folder() {
    char pattern[] = "/tmp/lw-load.XXXXXX";
    path_ = ::mkdtemp(pattern);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string at(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A small disk with faults on demand.
class DiskSink final : public RequestSink {
 public:
  explicit DiskSink(uint64_t bytes) : bytes_(bytes) {}
  Answer answer(const BlkHeaderWire& header, std::span<ByteSpan> data) override {
    ++requests;
    if (requests == hold_at) return {Answer::Fate::hold, 0};
    if (requests == hang_up_at) return {Answer::Fate::hang_up, 0};
    const bool is_write = header.type == static_cast<uint32_t>(BlkType::out);
    const bool is_lost = is_write && std::exchange(loses_next_write, false);
    uint64_t at = header.sector * 512;
    for (const ByteSpan part : data) {
      if (at + part.size() > bytes_.size()) return {Answer::Fate::finish, 1};
      if (is_write && !is_lost) std::memcpy(bytes_.data() + at, part.data(), part.size());
      if (!is_write) std::memcpy(part.data(), bytes_.data() + at, part.size());
      at += part.size();
    }
    if (is_write) return {};
    if (std::exchange(damages_next_read, false)) data.front()[300] ^= 1;
    return {Answer::Fate::finish, std::exchange(fails_next_read, false) ? uint8_t{1} : uint8_t{0}};
  }

  uint64_t requests = 0;
  uint64_t hold_at = 0;
  uint64_t hang_up_at = 0;
  bool loses_next_write = false;
  bool damages_next_read = false;
  bool fails_next_read = false;

 private:
  std::vector<uint8_t> bytes_;
};

constexpr uint64_t kDiskBytes = kMiB;

class LoadRunTest : public testing::Test {
 protected:
  void serve(Responder::Options server = {}) {
    server.path = folder_.at("disk.sock");
    server.capacity_bytes = kDiskBytes;
    auto started = Responder::start(server, sink_);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    responder_ = std::move(*started);
  }
  LoadOptions load() const {
    LoadOptions options;
    options.sockets = {folder_.at("disk.sock")};
    options.depth = 4;
    options.run_ns = 100 * kMillisecond;
    options.warm_up_ns = 5 * kMillisecond;
    return options;
  }
  static std::string failure(const LoadOptions& options) {
    const auto result = run_load(options);
    return result ? "it worked" : result.error().message;
  }

  Folder folder_;
  DiskSink sink_{kDiskBytes};
  std::unique_ptr<Responder> responder_;
};

TEST_F(LoadRunTest, CountsAndTimesReads) {
  serve();
  const auto result = run_load(load());
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_TRUE(result->is_clean());
  EXPECT_GT(result->reads, 0u);
  EXPECT_EQ(result->writes, 0u);
  EXPECT_EQ(result->read_latency.count, result->reads);
  EXPECT_LE(result->read_latency.p50_ns, result->read_latency.p9999_ns);
  EXPECT_GE(result->seconds, 0.04);
  EXPECT_EQ(result->disks.front().server_pid, ::getpid());
  EXPECT_TRUE(result->has_server_time);
}

TEST_F(LoadRunTest, ASleepingClientOfSeveralQueuesAndDisksGetsItsAnswers) {
  Responder::Options server;
  server.queues = 3;
  serve(server);
  DiskSink other_sink(kDiskBytes);
  Responder::Options other{folder_.at("other.sock"), kDiskBytes};
  other.queues = 3;
  auto other_responder = Responder::start(other, other_sink);
  ASSERT_TRUE(other_responder.has_value());
  LoadOptions options = load();
  options.sockets.push_back(other.path);
  options.queues = 3;
  options.threads = 2;
  options.is_sleeping = true;
  options.read_percent = 50;
  options.may_overwrite = true;
  const auto result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_TRUE(result->is_clean());
  EXPECT_GT(result->sleeps, 0u);
  EXPECT_GT(result->disks[0].reads, 0u);
  EXPECT_GT(result->disks[1].writes, 0u);
}

TEST_F(LoadRunTest, ASleepingClientOfOneQueueWithoutEventIdxGetsItsAnswers) {
  Responder::Options server;
  server.withheld_features = virtio_feature::kEventIndex;
  server.withheld_protocol_features = vhost_protocol::kReplyAck;
  serve(server);
  LoadOptions options = load();
  options.is_sleeping = true;
  options.depth = 1;
  options.layout = ChainLayout::indirect;
  const auto result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_FALSE(result->has_event_idx);
  EXPECT_TRUE(result->is_indirect);
  EXPECT_GT(result->reads, 0u);
}

TEST_F(LoadRunTest, AFixedLoadIsKeptBySleepingAndPollingClients) {
  serve();
  for (const bool is_sleeping : {false, true}) {
    LoadOptions options = load();
    options.is_sleeping = is_sleeping;
    options.rate_iops = 1000;
    options.run_ns = 200 * kMillisecond;
    const auto result = run_load(options);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_GT(result->reads + result->late, 150u);
    EXPECT_LT(result->reads, 300u);
  }
}

TEST_F(LoadRunTest, AStalledDiskShowsInTheLatencyOfEveryRequestThatWasDue) {
  serve();
  sink_.hold_at = 3;
  LoadOptions options = load();
  options.depth = 1;
  options.rate_iops = 1000;
  options.run_ns = 300 * kMillisecond;
  options.answer_limit_ns = 200 * kMillisecond;
  EXPECT_TRUE(contains(failure(options), "none has been answered for"));
}

TEST_F(LoadRunTest, VerifyingFindsNothingOnARightDisk) {
  Responder::Options server;
  server.queues = 2;
  serve(server);
  LoadOptions options = load();
  options.is_verifying = true;
  options.may_overwrite = true;
  options.read_percent = 50;
  options.queues = 2;
  for (const uint64_t block_bytes : {512, 4096, 65536}) {
    options.block_bytes = block_bytes;
    options.segment_bytes = 1024;
    const auto result = run_load(options);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_TRUE(result->is_clean()) << result->first_problem;
    EXPECT_GT(result->verified, 0u);
  }
}

TEST_F(LoadRunTest, VerifyingFindsAFlippedBitALostWriteAndAnError) {
  serve();
  LoadOptions options = load();
  options.is_verifying = true;
  options.may_overwrite = true;
  options.block_bytes = 4096;
  const auto problem_of_run = [&] {
    const auto result = run_load(options);
    EXPECT_TRUE(result.has_value());
    if (!result) return result.error().message;
    EXPECT_FALSE(result->is_clean());
    return result->first_problem;
  };
  sink_.damages_next_read = true;
  EXPECT_TRUE(contains(problem_of_run(), "is damaged"));
  sink_.fails_next_read = true;
  EXPECT_TRUE(contains(problem_of_run(), "I/O error"));
  // Every block that was written is read back at the end; it holds an earlier run's data, or none.
  sink_.loses_next_write = true;
  const std::string lost = problem_of_run();
  EXPECT_TRUE(contains(lost, "is lost") || contains(lost, "is gone")) << lost;
}

TEST_F(LoadRunTest, AServerThatHangsUpEndsTheRunWithAnError) {
  serve();
  sink_.hang_up_at = 3;
  EXPECT_TRUE(contains(failure(load()), "closed the connection"));
}

TEST_F(LoadRunTest, ADiskThatNeverAnswersEndsTheRunWithAnErrorAlsoForASleepingClient) {
  serve();
  LoadOptions options = load();
  options.answer_limit_ns = 100 * kMillisecond;
  options.depth = 1;
  for (const bool is_sleeping : {false, true}) {
    options.is_sleeping = is_sleeping;
    sink_.requests = 0;
    sink_.hold_at = 3;
    EXPECT_TRUE(contains(failure(options), "none has been answered for"));
  }
}

TEST_F(LoadRunTest, AnInterruptEndsTheMeasuredTimeEarly) {
  serve();
  LoadOptions options = load();
  options.run_ns = 1000 * kSecond;
  const std::atomic<bool> is_interrupted{true};
  const auto result = run_load(options, &is_interrupted);
  ASSERT_TRUE(result.has_value());
  EXPECT_LT(result->seconds, 100);
}

TEST_F(LoadRunTest, KeepsAnInflightRegionWhereTheServerHasOne) {
  serve();
  auto result = run_load(load());
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_TRUE(result->disks.front().has_inflight);
  EXPECT_GT(result->reads, 0u);
  LoadOptions options = load();
  options.wants_inflight = false;
  result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_FALSE(result->disks.front().has_inflight);
}

TEST_F(LoadRunTest, AServerWithAnEmptyInflightRegionIsMeasuredWithoutOne) {
  Responder::Options server;
  server.has_no_inflight_file = true;
  server.withheld_protocol_features = vhost_protocol::kReplyAck;
  serve(server);
  const auto result = run_load(load());
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_FALSE(result->disks.front().has_inflight);
  EXPECT_GT(result->disks.front().share_ns, 0u);
}

TEST_F(LoadRunTest, IdleDisksAreAttachedAndLeftAlone) {
  serve();
  LoadOptions options = load();
  options.is_idle = true;
  options.read_percent = 0;  // nothing is written, so nothing needs to be allowed
  options.memory_bytes = kGiB;
  options.run_ns = 20 * kMillisecond;
  const auto result = run_load(options);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(sink_.requests, 0u);
  EXPECT_GE(result->seconds, 0.02);
  EXPECT_EQ(result->disks.front().memory_bytes, kGiB);
  EXPECT_LE(result->disks.front().share_ns, result->disks.front().attach_ns);
  EXPECT_GT(result->server_memory_bytes, 0u);
  const std::string text = to_text(options, *result);
  EXPECT_TRUE(contains(text, "1024 MiB of guest memory")) << text;
  EXPECT_TRUE(contains(text, "1 disks attached and idle")) << text;
  EXPECT_FALSE(contains(text, "Latency")) << text;
}

TEST_F(LoadRunTest, NobodyListening) {
  EXPECT_TRUE(contains(failure(load()), "cannot connect"));
  LoadOptions options = load();
  options.sockets = {std::string(200, 'x')};
  EXPECT_TRUE(contains(failure(options), "1 to 107 characters"));
}

TEST_F(LoadRunTest, RefusesALoadThatTheDiskDoesNotFit) {
  Responder::Options server;
  server.is_read_only = true;
  server.block_bytes = 4096;
  server.withheld_features = virtio_feature::kIndirectDescriptors;
  serve(server);
  LoadOptions options = load();
  options.block_bytes = 512;
  EXPECT_TRUE(contains(failure(options), "no multiple of the disk's own"));
  options = load();
  options.queues = 2;
  EXPECT_TRUE(contains(failure(options), "2 queues asked for, the disk has 1"));
  options = load();
  options.offset_bytes = kDiskBytes;
  EXPECT_TRUE(contains(failure(options), "do not fit the disk"));
  options = load();
  options.offset_bytes = 4096;
  options.span_bytes = kDiskBytes;
  EXPECT_TRUE(contains(failure(options), "do not fit the disk"));
  options = load();
  options.depth = 256;
  EXPECT_TRUE(contains(failure(options), "no indirect descriptors"));
  options.layout = ChainLayout::direct;
  EXPECT_TRUE(contains(failure(options), "does not fit a ring of 256"));
  options = load();
  options.read_percent = 0;
  options.may_overwrite = true;
  EXPECT_TRUE(contains(failure(options), "read-only"));
}

TEST_F(LoadRunTest, RefusesDisksThatLackWhatItNeeds) {
  Responder::Options server;
  server.withheld_features = virtio_feature::kVersion1;
  serve(server);
  EXPECT_TRUE(contains(failure(load()), "before 1.0"));
  responder_.reset();
  ASSERT_EQ(::unlink(folder_.at("disk.sock").c_str()), 0);
  server.withheld_features = vhost_feature::kProtocolFeatures;
  serve(server);
  EXPECT_TRUE(contains(failure(load()), "no protocol features"));
  responder_.reset();
  ASSERT_EQ(::unlink(folder_.at("disk.sock").c_str()), 0);
  server = {};
  server.withheld_protocol_features = vhost_protocol::kConfig;
  serve(server);
  EXPECT_TRUE(contains(failure(load()), "config space"));
}

TEST_F(LoadRunTest, TheReportNamesUnitsAndFindings) {
  serve();
  LoadOptions options = load();
  options.rate_iops = 2000;
  const auto result = run_load(options);
  ASSERT_TRUE(result.has_value());
  const auto json = to_json(options, *result);
  EXPECT_EQ(json["load"]["depth"], 4);
  EXPECT_EQ(json["reads"], result->reads);
  EXPECT_EQ(json["disks"][0]["inflight_region"], true);
  EXPECT_EQ(json["read_latency"]["count"], result->read_latency.count);
  uint64_t sum = 0;
  for (const auto& bar : json["read_latency"]["histogram"]) sum += bar[1].get<uint64_t>();
  EXPECT_EQ(sum, result->read_latency.count);
  const std::string text = to_text(options, *result);
  EXPECT_TRUE(contains(text, "Fixed load"));
  EXPECT_TRUE(contains(text, "p99.99"));
}

TEST(LoadReport, ShortensNumbers) {
  EXPECT_EQ(short_count(950), "950");
  EXPECT_EQ(short_count(84'240), "84.2 k");
  EXPECT_EQ(short_count(1'304'000), "1.30 M");
  EXPECT_EQ(short_time(850), "850 ns");
  EXPECT_EQ(short_time(8'430), "8.4 us");
  EXPECT_EQ(short_time(1'230'000), "1.2 ms");
  EXPECT_EQ(short_time(2e9), "2.0 s");
}

}  // namespace
}  // namespace laneway
