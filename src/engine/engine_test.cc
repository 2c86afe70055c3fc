#include "engine/engine.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "engine/directories.h"
#include "rpc/client.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

Result<EngineOptions> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "laneway-engine");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return parse_engine_options(static_cast<int>(pointers.size()), pointers.data());
}

TEST(EngineOptions, AreReadFromTheCommandLine) {
  const Result<EngineOptions> options =
      parse({"--state-dir", "/s", "--run-dir", "/r", "--cpus", "0,2-3", "--spin-us", "0", "--log-level", "debug"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->rpc_socket, "/r/engine.sock");
  EXPECT_EQ(options->cpus, (std::vector<uint32_t>{0, 2, 3}));
  EXPECT_EQ(options->reactors, 3u);
  EXPECT_EQ(options->spin_ns, 0u);
  EXPECT_EQ(parse({"--run-dir", "/r", "--cpus", "0,1", "--reactors", "1"})->reactors, 1u);
}

TEST(EngineOptions, FoldersAreAbsoluteSinceFrontEndsMayRunElsewhere) {
  const Result<EngineOptions> options = parse({"--state-dir", "s", "--run-dir", "./a/../r"});
  ASSERT_TRUE(options.has_value());
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(options->state_dir, here + "/s");
  EXPECT_EQ(options->rpc_socket, here + "/r/engine.sock");
}

TEST(EngineOptions, AreRefusedWithTheReason) {
  EXPECT_TRUE(has_parts(parse({"--reactors", "0"}).error().message, {"--reactors", "'0'", "1 to 256"}));
  EXPECT_TRUE(has_parts(parse({"--cpus", "a"}).error().message, {"--cpus", "'a'"}));
  EXPECT_TRUE(has_parts(parse({"--cpus", "3-1"}).error().message, {"--cpus", "'1'", "from 3"}));
  EXPECT_TRUE(has_parts(parse({"--cpus", ""}).error().message, {"--cpus", "empty"}));
  EXPECT_TRUE(has_parts(parse({"--log-level", "loud"}).error().message, {"--log-level", "'loud'"}));
  EXPECT_TRUE(has_parts(parse({"--initiator-name", "me"}).error().message, {"'me'", "no iSCSI name"}));
  EXPECT_TRUE(has_parts(parse({"--bogus"}).error().message, {"not known", "--help"}));
  EXPECT_TRUE(has_parts(parse({"extra"}).error().message, {"'extra'", "--help"}));
}

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    options_.state_dir = dir_.at("s");
    options_.run_dir = dir_.at("r");
    options_.rpc_socket = dir_.at("r/engine.sock");
    options_.initiator_name = "iqn.2026-11.io.example:test";
    options_.wants_lockdown = false;  // it would hold for all tests of this process; tests/e2e has it
  }
  void start() {
    Result<std::unique_ptr<Engine>> started = Engine::start(options_);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    engine_ = std::move(*started);
  }
  std::string refusal() const {
    const Result<std::unique_ptr<Engine>> started = Engine::start(options_);
    EXPECT_FALSE(started.has_value());
    return started ? std::string() : started.error().message;
  }
  Result<Json> call(std::string_view method, const Json& params) const {
    Result<std::unique_ptr<RpcClient>> client = RpcClient::connect(options_.rpc_socket, 20 * kSecond);
    if (!client) return pass_on(client);
    return (*client)->call(method, params, 20 * kSecond);
  }

  TempDir dir_;
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, ReportsItsReactorsAndFunctions) {
  options_.reactors = 2;
  start();
  ASSERT_TRUE(call("vf.create", {{"name", "a"}, {"backend", "null"}, {"capacity_bytes", 1 << 20}}).has_value());
  ASSERT_TRUE(call("vf.create", {{"name", "b"}, {"backend", "memory"}, {"capacity_bytes", 1 << 20}}).has_value());
  const Result<Json> status = call("engine.status", Json::object());
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(number_at(*status, "functions_serving"), 2u);
  EXPECT_GT(number_at(*status, "rss_bytes"), 0u);
  EXPECT_EQ(number_at(*status, "pid"), static_cast<uint64_t>(::getpid()));
  const Json& reactors = member(*status, "reactors");
  ASSERT_EQ(reactors.size(), 2u);
  EXPECT_EQ(number_at(reactors[0], "functions"), 1u);  // one on each
  EXPECT_EQ(number_at(reactors[1], "functions"), 1u);
}

TEST_F(EngineTest, AnswersEveryMethodAndRefusesStrayParams) {
  start();
  for (const char* method : {"engine.status", "target.list", "vf.list"}) {
    EXPECT_TRUE(call(method, Json::object()).has_value()) << method;
    const Result<Json> refused = call(method, {{"stray", 1}});
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(has_parts(refused.error().message, {method, "'stray'", "not known"}));
  }
  for (const char* method : {"target.show", "target.logout", "vf.show", "vf.resize", "vf.delete"}) {
    EXPECT_TRUE(has_parts(call(method, Json::object()).error().message, {method, "'name'", "missing"}));
    const Result<Json> unknown = call(method, {{"name", "x"}});
    EXPECT_EQ(unknown.error().code, ErrorCode::not_found) << method;
    EXPECT_TRUE(has_parts(unknown.error().message, {"'x'", "list"}));
  }
  EXPECT_EQ(call("vf.stats", {{"name", "x"}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(member(*call("vf.stats", Json::object()), "functions"), Json::array());
}

TEST_F(EngineTest, RefusesACpuThatIsNotThere) {
  options_.cpus = {4095};
  EXPECT_TRUE(has_parts(refusal(), {"CPU 4095", "--cpus"}));
}

TEST_F(EngineTest, RefusesDirectoriesThatItCannotUse) {
  options_.state_dir = "/proc/laneway";
  EXPECT_TRUE(has_parts(refusal(), {"/proc/laneway", "cannot be made", "another directory"}));
  options_.state_dir = "/dev/null";
  EXPECT_TRUE(has_parts(refusal(), {"/dev/null", "cannot be used", "another directory"}));
}

TEST_F(EngineTest, RefusesASecondEngineInTheSameDirectoryAndOnTheSameSocket) {
  start();
  EXPECT_TRUE(has_parts(refusal(), {"Another engine uses", options_.state_dir, "--state-dir"}));
  options_.state_dir = dir_.at("s2");
  EXPECT_TRUE(has_parts(refusal(), {"engine.sock", "listens", "another path"}));
}

TEST(Directories, AreMadeWithTheirParentsAndPermissions) {
  const TempDir dir;
  ASSERT_TRUE(make_directories(dir.at("a/b/c"), 0700).has_value());
  struct stat found {};
  ASSERT_EQ(::stat(dir.at("a/b/c").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  EXPECT_TRUE(make_directories(dir.at("a/b/c"), 0755).has_value());  // there already
}

}  // namespace
}  // namespace laneway
