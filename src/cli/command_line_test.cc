#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/testing/message_parts.h"

namespace laneway {
namespace {

struct Said {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Said say(std::vector<std::string> words) {
  std::ostringstream out;
  std::ostringstream err;
  const bool has_url = !words.empty() && words[0] == "--url";
  if (!has_url) words.insert(words.begin(), {"--url", "unix:/no/such/lanewayd.sock"});
  const int exit_code = run_laneway(words, out, err);
  return {exit_code, out.str(), err.str()};
}

void expect_usage_error(const std::vector<std::string>& words, std::initializer_list<std::string_view> parts) {
  Said said = say(words);
  EXPECT_EQ(said.exit_code, 2) << said.err;
  while (!said.err.empty() && said.err.back() == '\n') said.err.pop_back();
  EXPECT_TRUE(has_parts(said.err, parts));
}

TEST(LanewayTest, SaysWhatIsWrongWithTheUsage) {
  expect_usage_error({"vf", "explode"}, {"'explode' is not known to laneway vf"});
  expect_usage_error({"vf", "create", "vm1"}, {"one disk", "--volume", "--help"});
  expect_usage_error({"vf", "create", "vm1", "--volume", "d", "--memory", "1G"}, {"one disk"});
  expect_usage_error({"vf", "create", "vm1", "--target", "t"}, {"--target needs --lun", "target scan t"});
  expect_usage_error({"vf", "create", "vm1", "--memory", "ten"}, {"ten is no size", "10G"});
  expect_usage_error({"vf", "create", "vm1", "--volume", "d", "--queues", "many"}, {"many is no whole number"});
  expect_usage_error({"vf", "create", "vm1", "--volume", "d", "--cache", "none"}, {"none", "--help"});
  expect_usage_error({"vf", "set", "vm1"}, {"Nothing to change"});
  expect_usage_error({"vf", "set", "vm1", "--set", "queues"}, {"FIELD=VALUE"});
  expect_usage_error({"vf", "limit", "vm1", "--iops-max", "fast"}, {"fast", "number of requests"});
  expect_usage_error({"volume", "create", "d"}, {"--memory", "required"});
  expect_usage_error({"target", "create", "t", "--portal", "h"}, {"--iqn is required"});
  expect_usage_error({"target", "chap", "t"}, {"--chap-user", "--none"});
  expect_usage_error({"apply", "-f", "/no/such.yaml"}, {"/no/such.yaml", "cannot be read"});
  expect_usage_error({"-o", "xml", "vf", "list"}, {"xml"});
  expect_usage_error({"--url", "http://h", "vf", "list"}, {"http://h", "https://HOST:PORT"});
  expect_usage_error({"--url", "https://h:0", "vf", "list"}, {"https://h:0", "unix:PATH"});
  expect_usage_error({"--token-file", "/no/such", "vf", "list"}, {"/no/such"});
  EXPECT_EQ(say({}).exit_code, 2);
  EXPECT_EQ(say({"vf"}).exit_code, 2);
}

TEST(LanewayTest, EndsWith3WhereNobodyAnswers) {
  const Said said = say({"vf", "list"});
  EXPECT_EQ(said.exit_code, 3);
  EXPECT_TRUE(said.err.starts_with("laneway: ")) << said.err;
  EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
}

// Every command, found by completion, explains itself with an example.
TEST(LanewayTest, GivesHelpWithAnExampleForEveryCommand) {
  const auto words_after = [](std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    std::ostringstream out;
    std::ostringstream err;
    run_laneway(words, out, err);
    std::vector<std::string> found;
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) found.push_back(line.substr(0, line.find('\t')));
    return found;
  };
  size_t commands = 0;
  for (const std::string& group : words_after({""})) {
    for (const std::string& command : words_after({group, ""})) {
      if (command == ":file" || command == "bash" || command == "zsh" || command == "fish") continue;
      const Said said = say({group, command, "--help"});
      EXPECT_EQ(said.exit_code, 0) << group << ' ' << command;
      EXPECT_NE(said.out.find("xample"), std::string::npos) << group << ' ' << command;
      ++commands;
    }
  }
  EXPECT_GE(commands, 60u);
}

TEST(LanewayTest, HasAManualOfAllItsCommands) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_laneway({"__man"}, out, err), 0);
  for (const char* words : {".TH LANEWAY 1", ".SS vf create NAME", ".SS apply", ".SS path fail NAME PATH",
                            ".B \\-\\-queue\\-size", ".SH EXIT STATUS", "laneway\\-enginectl"}) {
    EXPECT_NE(out.str().find(words), std::string::npos) << words;
  }
  // A line that begins with a dot is a macro of man(7), never a word of ours.
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '.') continue;
    const std::string macro = line.substr(0, line.find(' '));
    EXPECT_NE(std::string(".TH.SH.SS.TP.PP.B.I.BR.nf.fi").find(macro), std::string::npos) << line;
  }
}

TEST(LanewayTest, MakesOptionsOfTheApisFields) {
  const std::string help = say({"vf", "create", "--help"}).out;
  for (const char* option : {"--queue-size", "--deadline", "--cache", "--read-only", "--no-read-only", "--iops-max",
                             "--set", "--policy", "--dry-run", "--wait"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace laneway
