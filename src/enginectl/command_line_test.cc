#include "enginectl/command_line.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "rpc/server.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

// Answers every call with what the test set, and keeps the call.
class FakeEngine final : public RpcService {
 public:
  bool has_method(std::string_view) const override { return true; }
  Result<Json> call(const std::string& method, const Json& params) override {
    last_method = method;
    last_params = params;
    return answer;
  }
  Result<Json> answer = Json::object();
  std::string last_method;
  Json last_params;
};

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

class EnginectlTest : public ::testing::Test {
 protected:
  EnginectlTest() { server_ = std::move(*RpcServer::open({.socket_path = socket_}, engine_)); }

  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--socket", socket_});
    return run_as_given(arguments);
  }
  static Outcome run_as_given(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    const int exit_code = run_enginectl(arguments, out, err);
    return {exit_code, out.str(), err.str()};
  }
  // What the command asks the engine.
  Json params_of(const std::vector<std::string>& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return engine_.last_params;
  }
  void expect_usage_error(const std::vector<std::string>& arguments,
                          std::initializer_list<std::string_view> parts) const {
    Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    while (!outcome.err.empty() && outcome.err.back() == '\n') outcome.err.pop_back();
    EXPECT_TRUE(has_parts(outcome.err, parts));
  }

  TempDir dir_;
  std::string socket_ = dir_.at("engine.sock");
  FakeEngine engine_;
  std::unique_ptr<RpcServer> server_;
};

TEST_F(EnginectlTest, TurnsVfCreateIntoItsParams) {
  const Json params = params_of({"vf", "create", "vm1", "--memory", "1G", "--queues", "8", "--read-only", "--serial",
                                 "S", "--block-size", "4096", "--cache", "writethrough", "--deadline", "20"});
  EXPECT_EQ(engine_.last_method, "vf.create");
  EXPECT_EQ(params, (Json{{"name", "vm1"},
                          {"backend", "memory"},
                          {"capacity_bytes", uint64_t{1} << 30},
                          {"queues", 8},
                          {"queue_size", 256},
                          {"read_only", true},
                          {"serial", "S"},
                          {"block_bytes", 4096},
                          {"cache", "writethrough"},
                          {"deadline_s", 20}}));
}

TEST_F(EnginectlTest, MakesPathsAbsoluteForTheEngine) {
  const Json params =
      params_of({"vf", "create", "vm1", "--file", "a/../disk.raw", "--size", "1M", "--socket", "s.sock"});
  EXPECT_EQ(text_at(params, "path")[0], '/');
  EXPECT_TRUE(text_at(params, "path").ends_with("/disk.raw"));
  EXPECT_EQ(text_at(params, "socket_path")[0], '/');
}

TEST_F(EnginectlTest, TurnsTargetLoginIntoItsParams) {
  const Json params = params_of({"target", "login", "iqn.a:b", "--portal", "h:1", "--name", "t", "--header-digest",
                                 "crc32c", "--noop-interval", "7", "--shared-luns", "--chap-algorithms", "sha256,md5"});
  EXPECT_EQ(params, (Json{{"iqn", "iqn.a:b"},
                          {"portal", "h:1"},
                          {"name", "t"},
                          {"header_digest", "crc32c"},
                          {"noop_interval_s", 7},
                          {"shared_luns", true},
                          {"chap_algorithms", {"sha256", "md5"}}}));
}

TEST_F(EnginectlTest, TakesGlobalOptionsAfterTheCommandToo) {
  engine_.answer = Json{{"functions", Json::array()}};
  EXPECT_EQ(run({"vf", "list", "-o", "json"}).out, "{\n  \"functions\": []\n}\n");
  EXPECT_EQ(run({"-o", "json", "vf", "list"}).out, "{\n  \"functions\": []\n}\n");
}

TEST_F(EnginectlTest, SaysWhatIsWrongWithTheUsage) {
  expect_usage_error({"vf", "create", "vm1"}, {"--memory", "required", "laneway-enginectl vf create --help"});
  expect_usage_error({"vf", "create", "vm1", "--memory", "1G", "--null", "1G"}, {"--memory", "2 were given"});
  expect_usage_error({"vf", "create", "vm1", "--memory", "ten"}, {"ten is no size", "such as 10G"});
  expect_usage_error({"vf", "create", "vm1", "--target", "t"}, {"--target needs --lun", "target show"});
  expect_usage_error({"vf", "create", "vm1", "--memory", "1G", "--lun", "1"}, {"--lun requires --target"});
  expect_usage_error({"vf", "create", "vm1", "--memory", "1G", "--cache", "none"}, {"none", "--help"});
  expect_usage_error({"vf", "show"}, {"name is required", "laneway-enginectl vf show --help"});
  expect_usage_error({"vf", "explode"}, {"'explode' is not known to laneway-enginectl vf"});
  expect_usage_error({"vf", "list", "--all"}, {"'--all' is not known"});
  expect_usage_error({"vf", "list", "-o", "xml"}, {"xml", "--help"});
  EXPECT_EQ(run({}).exit_code, 2);
  EXPECT_EQ(run({"vf"}).exit_code, 2);
}

TEST_F(EnginectlTest, EndsWith1WhereTheEngineRefuses) {
  engine_.answer = fail(ErrorCode::not_found, "There is no function 'a'; laneway vf list shows those there are.");
  const Outcome outcome = run({"vf", "show", "a"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "laneway-enginectl: There is no function 'a'; laneway vf list shows those there are.\n");
}

TEST_F(EnginectlTest, EndsWith1WhereTheEngineCannotReachATarget) {
  engine_.answer = fail(ErrorCode::unreachable, "Nobody there; look.");
  EXPECT_EQ(run({"target", "discover", "h"}).exit_code, 1);
}

TEST_F(EnginectlTest, EndsWith3WhereNoEngineAnswers) {
  const Outcome outcome = run_as_given({"--socket", dir_.at("none"), "engine", "status"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.err.find("start laneway-engine"), std::string::npos);
}

TEST_F(EnginectlTest, GivesHelpWithAnExampleForEveryCommand) {
  const std::vector<std::vector<std::string>> commands = {
      {"engine", "status"}, {"target", "discover"}, {"target", "login"}, {"target", "list"},
      {"target", "show"},   {"target", "logout"},   {"vf", "create"},    {"vf", "list"},
      {"vf", "show"},       {"vf", "resize"},       {"vf", "delete"},    {"vf", "stats"},
      {"vf", "top"},        {"vf", "xml"},          {"vf", "qemu-args"}, {"completion"}};
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    const Outcome outcome = run_as_given(command);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.out.find("laneway-enginectl " + command[0]), std::string::npos) << command[0];
  }
}

TEST_F(EnginectlTest, ReadsASecretFromAFileAndWarnsWhereOthersMayReadIt) {
  const std::string file = dir_.at("secret");
  {
    std::ofstream out(file);
    out << "hush-hush-hush\nnot this\n";
  }
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  std::vector<std::string> command = {"target", "discover", "h", "--chap-user", "u", "--chap-secret-file", file};
  const Outcome quiet = run(command);
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(engine_.last_params, (Json{{"portal", "h"}, {"chap", {{"user", "u"}, {"secret", "hush-hush-hush"}}}}));
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  EXPECT_NE(run(command).err.find("chmod 600"), std::string::npos);
}

TEST_F(EnginectlTest, RefusesSecretsThatAreMissingEmptyOrTooLong) {
  const std::string file = dir_.at("secret");
  const std::vector<std::string> command = {"target", "discover", "h", "--chap-user", "u", "--chap-secret-file", file};
  expect_usage_error(command, {file, "No such file", "check its path"});
  std::ofstream(file) << "\n";
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  expect_usage_error(command, {file, "empty", "first line"});
  std::ofstream(file) << std::string(256, 's');
  expect_usage_error(command, {file, "longer than 255", "shorter"});
  expect_usage_error({"target", "discover", "h", "--chap-user", "u"}, {"--chap-user needs a secret", "--chap-prompt"});
  expect_usage_error({"target", "discover", "h", "--chap-secret-file", file}, {"--chap-user"});
}

TEST_F(EnginectlTest, ShowsFunctionsAsATable) {
  engine_.answer = Json{{"functions",
                         {{{"name", "vm1"},
                           {"state", "serving"},
                           {"capacity_bytes", uint64_t{10} << 30},
                           {"description", "memory"},
                           {"health", {{"state", "degraded"}, {"reason", "out_of_space"}}},
                           {"attached", true},
                           {"socket_path", "/r/vm1.sock"}},
                          {{"name", "a-longer-name"}, {"state", "failed"}, {"reason", "/x is gone; restore it."}}}}};
  EXPECT_EQ(run({"vf", "list"}).out,
            "NAME           STATE    HEALTH                    SIZE  DISK    GUEST     SOCKET\n"
            "vm1            serving  degraded: out_of_space  10 GiB  memory  attached  /r/vm1.sock\n"
            "a-longer-name  failed   -                            -  -       none      -\n"
            "\n"
            "a-longer-name: /x is gone; restore it.\n");
}

TEST_F(EnginectlTest, SurvivesAnswersOfAnyShape) {
  for (const Json& shape :
       {Json(), Json(5), Json("x"), Json::array({1, "a"}), Json{{"functions", "x"}, {"targets", 7}},
        Json{{"functions", {1, "x", nullptr}}, {"targets", {1}}, {"luns", {2}}, {"reactors", {3}}}}) {
    engine_.answer = shape;
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{{"engine", "status"},
                                                                                         {"vf", "list"},
                                                                                         {"vf", "show", "a"},
                                                                                         {"vf", "stats", "a"},
                                                                                         {"vf", "xml", "a"},
                                                                                         {"vf", "qemu-args", "a"},
                                                                                         {"target", "list"},
                                                                                         {"target", "show", "a"},
                                                                                         {"target", "discover", "h"}}) {
      EXPECT_EQ(run(command).exit_code, 0) << command[0] << ' ' << command[1];
    }
  }
}

TEST_F(EnginectlTest, TurnsLimitsIntoParams) {
  EXPECT_EQ(params_of({"vf", "limit", "vm1"}), (Json{{"name", "vm1"}}));
  EXPECT_EQ(params_of({"vf", "limit", "vm1", "--iops-max", "5000", "--read-bytes-max", "200M", "--write-iops-max",
                       "none", "--burst-duration", "2.5", "--bytes-min", "1M", "--group", "gold"}),
            (Json{{"name", "vm1"},
                  {"limits",
                   {{"iops_max", 5000},
                    {"read_bytes_max", 200 << 20},
                    {"write_iops_max", 0},
                    {"burst_duration_ms", 2500},
                    {"bytes_min", 1 << 20}}},
                  {"group", "gold"}}));
  EXPECT_EQ(params_of({"vf", "limit", "vm1", "--group", "none"}), (Json{{"name", "vm1"}, {"group", ""}}));
  EXPECT_EQ(params_of({"group", "create", "gold", "--bytes-burst", "1G"}),
            (Json{{"name", "gold"}, {"limits", {{"bytes_burst", 1 << 30}}}}));
  EXPECT_EQ(member(params_of({"vf", "create", "vm1", "--memory", "1G", "--iops-max", "10"}), "limits"),
            (Json{{"iops_max", 10}}));
  expect_usage_error({"vf", "limit", "vm1", "--iops-max", "fast"}, {"fast", "number of requests", "5000"});
  expect_usage_error({"vf", "limit", "vm1", "--bytes-max", "fast"}, {"fast", "no size", "200M"});
  expect_usage_error({"vf", "limit", "vm1", "--burst-duration", "0.0001"}, {"0.0001", "seconds"});
  expect_usage_error({"group", "limit", "gold", "--iops-min", "5"}, {"--iops-min"});
}

TEST_F(EnginectlTest, ShowsLimitsAndGroups) {
  const auto expect_shown = [&](const std::vector<std::string>& arguments, std::initializer_list<const char*> parts) {
    const std::string out = run(arguments).out;
    for (const char* part : parts) EXPECT_NE(out.find(part), std::string::npos) << part << " is not in " << out;
  };
  engine_.answer = Json{{"name", "vm1"}, {"group", "gold"}, {"waiting", 3}, {"held", 12}, {"held_ns", 4000}};
  (*engine_.answer)["limits"] =
      Json{{"iops_max", 5000}, {"iops_burst", 20000}, {"burst_duration_ms", 10000}, {"iops_min", 10}};
  expect_shown({"vf", "limit", "vm1"},
               {"5,000 IOPS (burst 20,000 over 10.0 s)", "At least", "10 IOPS", "gold", "12 requests"});
  const Json member = {{"name", "vm1"}, {"limits", {{"bytes_min", 1 << 20}}}};
  Json group = {{"name", "gold"}, {"limits", Json::object()}, {"members", Json::array({member})}};
  engine_.answer = group;
  expect_shown({"group", "show", "gold"}, {"no limit", "vm1", "1 MiB/s"});
  engine_.answer = Json{{"groups", Json::array()}};
  expect_shown({"group", "list"}, {"no groups yet"});
  group["limits"]["read_bytes_max"] = 1 << 20;
  engine_.answer = Json{{"groups", Json::array({group})}};
  expect_shown({"group", "list"}, {"gold", "reads 1 MiB/s"});
  engine_.answer = Json{{"name", "gold"}};
  expect_shown({"group", "delete", "gold"}, {"gold is gone"});
}

TEST_F(EnginectlTest, CompletesCommandsOptionsChoicesFilesAndNames) {
  engine_.answer = Json{{"functions", {{{"name", "vm1"}}, {{"name", "db"}}}}, {"targets", {{{"name", "array"}}}}};
  const auto completed = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--socket", socket_});
    return run_as_given(words).out;
  };
  EXPECT_EQ(completed({"vf", "cre"}), "create\tMakes a function and serves it on a socket\n");
  EXPECT_EQ(completed({"vf", "show", ""}), "vm1\t\ndb\t\n");
  EXPECT_EQ(completed({"vf", "show", "v"}), "vm1\t\n");
  EXPECT_EQ(completed({"target", "show", ""}), "array\t\n");
  EXPECT_EQ(completed({"vf", "create", "x", "--target", ""}), "array\t\n");
  EXPECT_EQ(completed({"vf", "create", "x", "--cache", "writeb"}), "writeback\t\n");
  EXPECT_EQ(completed({"vf", "create", "x", "--file", ""}), ":file\t\n");
  EXPECT_NE(completed({"vf", "create", "x", "--qu"}).find("--queue-size\t"), std::string::npos);
  EXPECT_EQ(completed({"vf", "list", "-o", ""}), "table\t\njson\t\n");
  EXPECT_EQ(completed({"completion", "z"}), "zsh\t\n");
  EXPECT_EQ(run_as_given({"__complete", "--socket", dir_.at("none"), "vf", "show", ""}).out, "");
}

TEST_F(EnginectlTest, PrintsAScriptForEachShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = run_as_given({"completion", shell});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.out.find("__complete"), std::string::npos);
  }
  EXPECT_EQ(run_as_given({"completion", "csh"}).exit_code, 2);
}

}  // namespace
}  // namespace laneway
