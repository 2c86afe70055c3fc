// The engine under its keeper: whichever of the two dies, callers are answered, and neither is there twice.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "base/fd.h"
#include "stage.h"

namespace laneway {
namespace {

class KeeperE2e : public Stage {
 protected:
  // Both end, also where a test failed half-way.
  void TearDown() override {
    if (engine_ != nullptr) {
      engine_->signal(SIGTERM);
      engine_->wait();
    }
    if (pidfd_) (void)::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  }
  // Of the engine that answers.
  uint64_t engine_pid() {
    const uint64_t pid = number_at(laneway_json({"engine", "status"}), "pid");
    pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
    return pid;
  }
  void end_engine(int signal) {
    (void)engine_pid();
    ASSERT_TRUE(pidfd_);
    ASSERT_EQ(::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0), 0);
    pollfd ended{pidfd_.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ended, 1, 20'000), 1);
  }
  size_t count_in_log(const std::string& text) const {
    const std::string all = log();
    size_t count = 0;
    for (size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }

  static std::string program_of(uint64_t pid) {
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe").string();
  }
  // The keeper itself ends with one sentence.
  static void expect_refusal(const Arguments& more, int exit_code, std::string_view part) {
    Arguments all = {binary("laneway-keeper")};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = run(all);
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  }

  UniqueFd pidfd_;
};

TEST_F(KeeperE2e, AnEngineThatDiesIsBackBeforeACallerNotices) {
  start_keeper();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  for (int round = 0; round < 3; ++round) {
    const uint64_t before = engine_pid();
    end_engine(SIGKILL);
    expect_done({"vf", "show", "vm1"});  // one call, no second attempt: the socket still listens
    EXPECT_NE(engine_pid(), before);
  }
  EXPECT_EQ(count_in_log("died (137)"), 3u);
}

TEST_F(KeeperE2e, AnEngineThatIsAskedToEndIsStartedAnew) {
  start_keeper();
  const uint64_t before = engine_pid();
  end_engine(SIGTERM);
  expect_done({"engine", "status"});
  EXPECT_NE(engine_pid(), before);
  EXPECT_EQ(count_in_log("died"), 0u);
}

TEST_F(KeeperE2e, TheKeeperTakesTheEngineWithIt) {
  start_keeper();
  (void)engine_pid();
  EXPECT_EQ(stop_engine(), 0);
  pollfd ended{pidfd_.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 0), 1);
}

TEST_F(KeeperE2e, AKeeperThatDiesLeavesTheEngineToTheNext) {
  start_keeper();
  const uint64_t engine = engine_pid();
  kill_engine();  // the keeper
  expect_done({"engine", "status"});
  start_keeper();
  EXPECT_EQ(engine_pid(), engine);
  for (int i = 0; i < 20'000 && count_in_log("puts its items again") == 0; ++i) (void)laneway({"--version"});
  EXPECT_EQ(count_in_log("puts its items again"), 1u);
  end_engine(SIGKILL);
  expect_done({"engine", "status"});
  EXPECT_NE(engine_pid(), engine);
}

TEST_F(KeeperE2e, ASecondKeeperIsRefused) {
  start_keeper();
  expect_refusal({"--run-dir", dir_.at("r")}, 1, "laneway-keeper: Another keeper listens on");
}

TEST_F(KeeperE2e, AnEngineThatCannotStartEndsItsKeeper) {
  expect_refusal({"--run-dir", dir_.at("r"), "--", "--reactors", "none"}, 2, "laneway-engine: --reactors is 'none'");
  expect_refusal({"--bogus"}, 2, "laneway-keeper: '--bogus' is no option");
  for (const char* time : {"0", "16", "soon", ""}) {
    expect_refusal({"--check-time", time}, 2, "give 1 to 15 seconds");
  }
}

TEST_F(KeeperE2e, ADeviceThatKillsEnginesIsLeftOutAndTriedAgainOnce) {
  const std::string bin = enginectl_path().substr(0, enginectl_path().rfind('/'));
  Process keeper({binary("laneway-keeper"), "--run-dir", dir_.at("."), "--", bin + "/crashing_engine"},
                 dir_.at("engine.log"));
  EXPECT_EQ(keeper.wait(), 0);
  // Until careful mode, then twice of the device, and once more where it was released.
  EXPECT_EQ(count_in_log("died (134)"), 6u) << log();
  EXPECT_EQ(count_in_log("serves all but vf/bad"), 2u) << log();
}

TEST_F(KeeperE2e, AnUpgradeGoesOnWithAnotherProgram) {
  start_keeper();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  const uint64_t before = engine_pid();
  std::filesystem::copy_file(binary("laneway-engine"), dir_.at("next-engine"));
  const Json upgraded = laneway_json({"engine", "upgrade", dir_.at("next-engine")});
  EXPECT_EQ(number_at(upgraded, "former_pid"), before);
  EXPECT_NE(number_at(upgraded, "pid"), before);
  EXPECT_EQ(number_at(upgraded, "pid"), engine_pid());
  expect_done({"vf", "show", "vm1"});
  EXPECT_EQ(count_in_log("died"), 0u);
  EXPECT_EQ(program_of(engine_pid()), dir_.at("next-engine"));
  // And stays, where the engine is asked to start anew.
  end_engine(SIGTERM);
  expect_done({"engine", "status"});
  EXPECT_EQ(program_of(engine_pid()), dir_.at("next-engine"));
}

TEST_F(KeeperE2e, AnUpgradeThatCannotTakeOverChangesNothing) {
  start_keeper();
  const uint64_t before = engine_pid();
  const auto refused = [this](const std::string& path, std::initializer_list<std::string_view> parts) {
    expect_refused({"engine", "upgrade", path}, parts);
  };
  refused(dir_.at("nothing"), {"The engine was not upgraded:", "is no program that can be started"});
  refused("/bin/false", {"The engine was not upgraded:", "cannot take over", "without a word"});
  const std::string script =
      write_file("script", "#!/bin/sh\necho first >&2\necho the disk is full >&2\nexit 1\n", 0700);
  refused(script, {"cannot take over: the disk is full"});
  // The state file is not for it, nor touched by it.
  const std::string state = content_of(dir_.at("s/engine.json"));
  write_file("s/engine.json", "{");
  refused(binary("laneway-engine"), {"cannot take over", "engine.json"});
  write_file("s/engine.json", state);
  EXPECT_EQ(engine_pid(), before);
}

// The successor has read the state before it takes over.
TEST_F(KeeperE2e, WhatIsCreatedDuringUpgradesIsThereAfterwards) {
  start_keeper();
  expect_done({"vf", "create", "first", "--null", "1M"});
  std::set<std::string> created;
  for (int round = 0; round < 4; ++round) {
    Process upgrade(
        {enginectl_path(), "--socket", dir_.at("r/engine.sock"), "engine", "upgrade", binary("laneway-engine")},
        dir_.at("upgrade.log"));
    for (int i = 0; i == 0 || !upgrade.has_ended(); ++i) {
      const std::string name = fmt::format("vm{}-{}", round, i);
      // A call that the former engine has not taken is refused, and nothing was done.
      if (laneway({"vf", "create", name, "--null", "1M"}).exit_code == 0) created.insert(name);
    }
    EXPECT_EQ(upgrade.wait(), 0) << content_of(dir_.at("upgrade.log"));
  }
  EXPECT_GE(created.size(), 4u);
  for (const std::string& name : created) expect_done({"vf", "show", name});
}

// An engine that has confined itself hides its file from others of its user: its keeper looked before.
TEST_F(KeeperE2e, AnOrdinaryUsersEnginesAreUpgradedAndReplaced) {
  for (const char* name : {"dying_successor", "laneway-engine"}) {
    std::filesystem::copy_file(binary(name), dir_.at(std::string("next-") + name));
  }
  start_keeper_as_nobody();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  expect_done({"engine", "upgrade", dir_.at("next-laneway-engine")});
  const uint64_t next = engine_pid();
  // What it says could not be started any more by its path.
  std::filesystem::rename(dir_.at("next-laneway-engine"), dir_.at("moved"));
  expect_done({"engine", "upgrade", dir_.at("next-dying_successor")});
  EXPECT_EQ(count_in_log("the former one is started again"), 1u) << log();
  EXPECT_NE(engine_pid(), next);
  expect_done({"vf", "show", "vm1"});
  if (::geteuid() == 0) {
    EXPECT_EQ(program_of(engine_pid()), dir_.at("moved"));
  }
  for (const char* outcome : {"died (", "cannot be started"}) EXPECT_LE(count_in_log(outcome), 1u) << log();
}

// One that never says hello, and one that hangs in the middle of its check.
TEST_F(KeeperE2e, AnUpgradeThatDoesNotAnswerIsGivenUpAndChangesNothing) {
  start_keeper({}, {"--check-time", "1"});
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  const uint64_t before = engine_pid();
  const std::string mute = write_file("mute", "#!/bin/sh\nexec tail -f /dev/null\n", 0700);
  for (const std::string& path : {mute, binary("hanging_successor")}) {
    expect_refused({"engine", "upgrade", path},
                   {"The engine was not upgraded:", "within 1 s whether it could take over"});
    EXPECT_EQ(engine_pid(), before);
    expect_done({"vf", "show", "vm1"});
  }
  const std::filesystem::path children = fmt::format("/proc/{0}/task/{0}/children", engine_->pid());
  for (int i = 0; i < 2000 && content_of(children) != std::to_string(before) + " "; ++i) (void)laneway({"--version"});
  EXPECT_EQ(content_of(children), std::to_string(before) + " ") << "what was given up has ended";
  EXPECT_NE(number_at(laneway_json({"engine", "upgrade", binary("laneway-engine")}), "pid"), before);
}

TEST_F(KeeperE2e, ASuccessorThatDoesNotServeIsReplacedByWhatServedBefore) {
  start_keeper({}, {"--check-time", "1"});
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  const uint64_t before = engine_pid();
  std::filesystem::copy_file(binary("hanging_successor"), dir_.at("late"));
  EXPECT_NE(number_at(laneway_json({"engine", "upgrade", dir_.at("late")}), "pid"), before);
  expect_done({"vf", "show", "vm1"});
  EXPECT_EQ(count_in_log("did not serve in time; it is killed"), 1u) << log();
  EXPECT_EQ(count_in_log("the former one is started again"), 1u) << log();
}

TEST_F(KeeperE2e, TheStatusSaysWhetherTheKeeperHoldsEverything) {
  const auto keeper = [this] { return text_at(laneway_json({"engine", "status"}), "keeper"); };
  start_engine();
  EXPECT_EQ(keeper(), "none");
  EXPECT_EQ(stop_engine(), 0);
  start_keeper();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  EXPECT_EQ(keeper(), "complete");
  EXPECT_NE(laneway({"engine", "status"}).out.find("Keeper:      holds everything"), std::string::npos);
  (void)engine_pid();
  kill_engine();  // the keeper
  for (int i = 0; i < 2000 && keeper() != "gone"; ++i) {
  }
  EXPECT_EQ(keeper(), "gone");
  start_keeper();
  for (int i = 0; i < 2000 && keeper() != "complete"; ++i) {
  }
  EXPECT_EQ(keeper(), "complete");
}

TEST_F(KeeperE2e, ASuccessorThatDiesIsReplacedByWhatServedBefore) {
  start_keeper();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  const uint64_t before = engine_pid();
  const Json upgraded =
      laneway_json({"engine", "upgrade", enginectl_path().substr(0, enginectl_path().rfind('/')) + "/dying_successor"});
  EXPECT_NE(number_at(upgraded, "pid"), before);
  expect_done({"vf", "show", "vm1"});
  EXPECT_EQ(program_of(engine_pid()), binary("laneway-engine"));
  EXPECT_EQ(count_in_log("the former one is started again"), 1u);
}

TEST_F(KeeperE2e, AnEngineWithoutAKeeperRefusesAnUpgrade) {
  start_engine();
  expect_refused({"engine", "upgrade", binary("laneway-engine")}, {"no keeper started it"});
  EXPECT_EQ(stop_engine(), 0);
}

}  // namespace
}  // namespace laneway
