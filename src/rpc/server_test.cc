#include "rpc/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <optional>
#include <semaphore>

#include "base/unix_socket.h"
#include "rpc/client.h"
#include "rpc/error_kind.h"
#include "rpc/message.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

constexpr uint64_t kLimit = 20 * kSecond;

// echo gives its params back, refuse fails with in_use, hold waits for release().
class EchoService final : public RpcService {
 public:
  bool has_method(std::string_view method) const override {
    return method == "echo" || method == "refuse" || method == "hold";
  }
  Result<Json> call(const std::string& method, const Json& params) override {
    if (method == "refuse") return fail(ErrorCode::in_use, "LUN 1 is in use by function 'a'; choose another.");
    if (method == "hold") {
      entered.release();
      leave.acquire();
    }
    return params;
  }
  std::binary_semaphore entered{0};
  std::binary_semaphore leave{0};
};

class RpcServerTest : public ::testing::Test {
 protected:
  void start() { start({.socket_path = path_}); }
  void start(const RpcServer::Options& options) {
    Result<std::unique_ptr<RpcServer>> opened = RpcServer::open(options, service_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    server_ = std::move(*opened);
  }
  std::unique_ptr<RpcClient> client() {
    Result<std::unique_ptr<RpcClient>> made = RpcClient::connect(path_, kLimit);
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }
  LineChannel raw() { return LineChannel(std::move(*connect_unix(path_, kLimit)), kRpcAnswerMaxBytes); }
  uint64_t deadline() { return clock_.now_ns() + kLimit; }

  TempDir dir_;
  std::string path_ = dir_.at("engine.sock");
  EchoService service_;
  std::unique_ptr<RpcServer> server_;
  MonotonicClock clock_;
};

TEST_F(RpcServerTest, AnswersCallsOfOneConnectionInTurn) {
  start();
  auto caller = client();
  for (uint64_t i = 0; i < 3; ++i) {
    const Result<Json> result = caller->call("echo", {{"n", i}}, kLimit);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(number_at(*result, "n", 99), i);
  }
}

TEST_F(RpcServerTest, PassesTheServicesErrorOn) {
  start();
  const Result<Json> result = client()->call("refuse", Json::object(), kLimit);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::in_use);
  EXPECT_TRUE(has_parts(result.error().message, {"LUN 1", "in use", "choose another"}));
}

TEST_F(RpcServerTest, SaysThatAMethodIsUnknown) {
  start();
  const Result<Json> result = client()->call("vf.explode", Json::object(), kLimit);
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(has_parts(result.error().message, {"vf.explode", "no method", "version"}));
}

TEST_F(RpcServerTest, GivesTheSocketToItsUserOnly) {
  start();
  struct stat found {};
  ASSERT_EQ(::lstat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(RpcServerTest, RemovesItsSocketAtTheEnd) {
  start();
  server_.reset();
  struct stat found {};
  EXPECT_NE(::lstat(path_.c_str(), &found), 0);
}

TEST_F(RpcServerTest, AnswersGarbageAndKeepsTheConnection) {
  start();
  LineChannel channel = raw();
  ASSERT_TRUE(channel.write("garbage\n", deadline()).has_value());
  const auto refusal = channel.read_line(deadline());
  ASSERT_TRUE(refusal && *refusal);
  EXPECT_NE((*refusal)->find("-32700"), std::string::npos);
  ASSERT_TRUE(channel.write(encode_request(1, "echo", Json::object()), deadline()).has_value());
  const auto answer = channel.read_line(deadline());
  ASSERT_TRUE(answer && *answer);
  EXPECT_TRUE(decode_answer(**answer, 1).has_value());
}

TEST_F(RpcServerTest, EndsAConnectionWhoseLineIsTooLong) {
  start();
  LineChannel channel = raw();
  const std::string flood(kRpcRequestMaxBytes + 64 * 1024, 'x');
  (void)channel.write(flood, deadline());
  const auto refusal = channel.read_line(deadline());
  // The rest of the flood may reset the connection before the refusal was read.
  if (refusal && *refusal) {
    EXPECT_NE((*refusal)->find("longer than"), std::string::npos);
  }
  EXPECT_TRUE(client()->call("echo", Json::object(), kLimit).has_value());
}

TEST_F(RpcServerTest, SurvivesAPeerThatLeavesInTheMiddleOfALine) {
  start();
  { ASSERT_TRUE(raw().write("{\"jsonrpc\"", deadline()).has_value()); }
  EXPECT_TRUE(client()->call("echo", Json::object(), kLimit).has_value());
}

TEST_F(RpcServerTest, EndsASilentConnectionAfterTheIdleLimit) {
  start({.socket_path = path_, .idle_limit_ns = 20 * kMillisecond});
  LineChannel channel = raw();
  const auto end = channel.read_line(deadline());
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
}

TEST_F(RpcServerTest, TellsAFurtherConnectionThatItIsBusy) {
  start({.socket_path = path_, .connections_max = 1});
  std::thread holder([this] { EXPECT_TRUE(client()->call("hold", Json::object(), kLimit).has_value()); });
  service_.entered.acquire();
  const Result<Json> refused = client()->call("echo", Json::object(), kLimit);
  service_.leave.release();
  holder.join();
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"already serves 1 connections", "try again"}));
}

TEST_F(RpcServerTest, FinishesTheCallUnderWayWhenItStops) {
  start();
  std::thread holder([this] { EXPECT_TRUE(client()->call("hold", {{"n", 1}}, kLimit).has_value()); });
  service_.entered.acquire();
  std::thread stopper([this] { server_.reset(); });
  service_.leave.release();
  holder.join();
  stopper.join();
}

TEST_F(RpcServerTest, StopsWhileAConnectionIsIdle) {
  start();
  LineChannel channel = raw();
  server_.reset();
  const auto end = channel.read_line(deadline());
  EXPECT_TRUE(!end || !*end);
}

TEST(RpcClient, SaysHowToReachAnEngineWhereNoneAnswers) {
  const TempDir dir;
  const auto client = RpcClient::connect(dir.at("engine.sock"), kLimit);
  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().code, ErrorCode::unreachable);
  EXPECT_TRUE(
      has_parts(client.error().message, {dir.at("engine.sock"), "No such file", "start laneway-engine", "--socket"}));
}

TEST(RpcClient, GivesUpOnAnEngineThatNeverAnswers) {
  const TempDir dir;
  const Result<UniqueFd> listener = listen_unix(dir.at("s"), 0600);
  ASSERT_TRUE(listener.has_value());
  auto client = RpcClient::connect(dir.at("s"), kLimit);
  ASSERT_TRUE(client.has_value());
  const Result<Json> result = (*client)->call("engine.status", Json::object(), 10 * kMillisecond);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::timed_out);
  EXPECT_TRUE(has_parts(result.error().message, {"engine.status", "did not answer", "log"}));
}

TEST(ListenUnix, ReplacesAStaleSocketOfOurs) {
  const TempDir dir;
  { ASSERT_TRUE(listen_unix(dir.at("s"), 0600).has_value()); }  // closed without unlinking: stale
  EXPECT_TRUE(listen_unix(dir.at("s"), 0600).has_value());
}

TEST(ListenUnix, RefusesASocketThatSomebodyListensOn) {
  const TempDir dir;
  const Result<UniqueFd> first = listen_unix(dir.at("s"), 0600);
  const Result<UniqueFd> second = listen_unix(dir.at("s"), 0600);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::in_use);
  EXPECT_TRUE(has_parts(second.error().message, {dir.at("s"), "listens", "another path"}));
  EXPECT_TRUE(connect_unix(dir.at("s"), kLimit).has_value());
}

TEST(ListenUnix, RefusesAPathWhereSomethingElseIsAndLeavesIt) {
  const TempDir dir;
  std::ofstream(dir.at("file")) << "kept";
  const Result<UniqueFd> refused = listen_unix(dir.at("file"), 0600);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::already_exists);
  EXPECT_TRUE(has_parts(refused.error().message, {dir.at("file"), "exists", "not a socket", "another path"}));
  EXPECT_EQ(std::filesystem::file_size(dir.at("file")), 4u);
}

TEST(ListenUnix, RefusesAPathThatIsTooLong) {
  const TempDir dir;
  const std::string fits = dir.at(std::string(kUnixPathMaxBytes - dir.path().size() - 1, 'n'));
  EXPECT_TRUE(listen_unix(fits, 0600).has_value());
  const Result<UniqueFd> refused = listen_unix(fits + "n", 0600);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"108 bytes long", "107", "shorter"}));
}

TEST(ListenUnix, NamesAMissingDirectory) {
  const TempDir dir;
  const Result<UniqueFd> refused = listen_unix(dir.at("none/s"), 0600);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"none/s", "No such file", "directory exists"}));
}

}  // namespace
}  // namespace laneway
