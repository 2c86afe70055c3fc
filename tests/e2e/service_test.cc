// The keeper as a service: where it and the engine die together, the service manager has what the next ones need.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "fake_systemd.h"
#include "stage.h"

namespace laneway {
namespace {

constexpr size_t kOwnItems = 2;           // the RPC server's socket and the link's mark
constexpr size_t kItems = kOwnItems + 2;  // and a memory disk's file and socket

class ServiceE2e : public Stage {
 protected:
  void TearDown() override {
    if (keeper_ > 0) end_keeper(SIGTERM);
  }
  void start_service() {
    keeper_ = systemd_.start({binary("laneway-keeper"), "--", "--state-dir", dir_.at("s"), "--run-dir", dir_.at("r")},
                             dir_.at("engine.log"));
  }
  int end_keeper(int signal) {
    ::kill(keeper_, signal);
    int status = 0;
    EXPECT_EQ(::waitpid(keeper_, &status, 0), keeper_);
    keeper_ = -1;
    return status;
  }
  void await_answer() const {
    for (int i = 0; i < 2000 && laneway({"engine", "status"}).exit_code != 0; ++i) {
    }
  }
  // The keeper's words are on their way when a command has ended.
  void await_items(size_t count) {
    size_t found = 0;
    for (int i = 0; i < 500 && (found = systemd_.count("item.")) != count; ++i) (void)laneway({"--version"});
    ASSERT_EQ(found, count);
  }
  // From here on nothing is said that changes the device's record: a keeper that is killed has read all there is.
  void await_driver() const {
    for (int i = 0; i < 2000 && !flag_at(laneway_json({"vf", "show", "vm1"}), "driver_active"); ++i) {
    }
  }
  pid_t engine_pid() const { return static_cast<pid_t>(number_at(laneway_json({"engine", "status"}), "pid")); }

  FakeSystemd systemd_{dir_.path()};
  pid_t keeper_ = -1;
};

TEST_F(ServiceE2e, ACallThatComesWhileNobodyRunsIsAnsweredByTheNextEngine) {
  start_service();
  await_answer();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  for (int i = 0; i < 500 && !systemd_.was_told("READY=1"); ++i) (void)laneway({"--version"});
  EXPECT_TRUE(systemd_.was_told("READY=1"));
  await_items(kItems);
  const pid_t engine = engine_pid();
  (void)end_keeper(SIGKILL);
  ASSERT_EQ(::kill(engine, SIGKILL), 0);
  Process caller({enginectl_path(), "--socket", dir_.at("r/engine.sock"), "vf", "show", "vm1"}, dir_.at("call.log"));
  start_service();
  EXPECT_EQ(caller.wait(), 0) << content_of(dir_.at("call.log"));
  EXPECT_NE(engine_pid(), engine);
  await_items(kItems);
}

TEST_F(ServiceE2e, TheKeeperSaysThatItIsWellAlsoWhereNothingHappens) {
  systemd_.watchdog_us = 30'000;
  start_service();
  await_answer();
  const auto is_well = [this] {
    (void)laneway({"--version"});
    return systemd_.count_told("WATCHDOG=1") >= 5;
  };
  for (int i = 0; i < 2000 && !is_well(); ++i) {
  }
  EXPECT_TRUE(is_well());
  EXPECT_EQ(content_of("/proc/" + std::to_string(engine_pid()) + "/environ").find("WATCHDOG"), std::string::npos);
}

TEST_F(ServiceE2e, AVerifiedLoadOutlivesThatBothAreKilled) {
  start_service();
  await_answer();
  expect_done({"vf", "create", "vm1", "--memory", "16M"});
  Process load({binary("laneway"), "bench", socket_of("vm1"), "--verify", "--overwrite", "--reads", "50", "--depth",
                "16", "--warm-up", "0", "--time", "3"},
               dir_.at("load.log"));
  await_driver();
  await_items(kItems + 1);  // the attached device
  for (int round = 0; round < 2; ++round) {
    const pid_t engine = engine_pid();
    (void)end_keeper(SIGKILL);
    ASSERT_EQ(::kill(engine, SIGKILL), 0);
    start_service();
    for (int i = 0; i < 500 && engine_pid() == engine; ++i) {
    }
  }
  EXPECT_EQ(load.wait(), 0) << content_of(dir_.at("load.log")) << log();
}

TEST_F(ServiceE2e, ARestartOfTheServiceLosesNothing) {
  start_service();
  await_answer();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  await_items(kItems);
  EXPECT_EQ(end_keeper(SIGTERM), 0);
  EXPECT_TRUE(systemd_.was_told("STOPPING=1"));
  EXPECT_EQ(systemd_.count("item."), kItems);
  Process caller({enginectl_path(), "--socket", dir_.at("r/engine.sock"), "vf", "show", "vm1"}, dir_.at("call.log"));
  start_service();
  EXPECT_EQ(caller.wait(), 0) << content_of(dir_.at("call.log"));
}

TEST_F(ServiceE2e, AKeeperThatDiesAloneReplacesWhatTheManagerHolds) {
  start_service();
  await_answer();
  await_items(kOwnItems);
  const pid_t engine = engine_pid();
  (void)end_keeper(SIGKILL);
  start_service();
  for (int i = 0; i < 500 && log().find("puts its items again") == std::string::npos; ++i) (void)laneway({"--version"});
  EXPECT_EQ(engine_pid(), engine);
  await_items(kOwnItems);
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
}

// Zeroes in place of what a guest wrote would be worse than no disk: also for one that attaches later.
TEST_F(ServiceE2e, AMemoryDiskWhoseMemoryIsLostIsNotServed) {
  start_service();
  await_answer();
  expect_done({"vf", "create", "vm1", "--memory", "16M"});
  expect_done({"vf", "create", "vm2", "--memory", "1M"});
  expect_done({"vf", "create", "vm3", "--null", "1M"});
  Process load({binary("laneway"), "bench", socket_of("vm1"), "--time", "60"}, dir_.at("load.log"));
  await_driver();
  await_items(kOwnItems + 6);  // two files, three sockets, the attached device
  const pid_t engine = engine_pid();
  (void)end_keeper(SIGKILL);
  ASSERT_EQ(::kill(engine, SIGKILL), 0);
  EXPECT_EQ(systemd_.lose_files("/memfd:laneway-disk (deleted)"), 2u);
  start_service();
  await_answer();
  for (const char* name : {"vm1", "vm2"}) {
    const Json shown = laneway_json({"vf", "show", name});
    EXPECT_EQ(text_at(shown, "state"), "failed");
    EXPECT_NE(text_at(shown, "reason").find("memory of its disk is lost"), std::string::npos) << shown.dump();
    EXPECT_FALSE(flag_at(shown, "attached", true));
  }
  EXPECT_EQ(text_at(laneway_json({"vf", "show", "vm3"}), "state"), "serving");
  EXPECT_FALSE(load.has_ended()) << "its connection is held, and nothing is answered with zeroes";
  // Engines that follow do not forget it.
  ASSERT_EQ(::kill(engine_pid(), SIGKILL), 0);
  await_answer();
  EXPECT_EQ(text_at(laneway_json({"vf", "show", "vm2"}), "state"), "failed");
  for (const char* name : {"vm1", "vm2"}) {
    expect_done({"vf", "delete", name, "--force"});
    expect_done({"vf", "create", name, "--memory", "1M"});
  }
}

// Its connection is lost with it: the front-end notices, and connects again where it can.
TEST_F(ServiceE2e, ADeviceWhoseGuestMemoryIsLostIsLeftOut) {
  start_service();
  await_answer();
  expect_done({"vf", "create", "vm1", "--memory", "1M"});
  Process load({binary("laneway"), "bench", socket_of("vm1"), "--time", "60"}, dir_.at("load.log"));
  await_driver();
  await_items(kItems + 1);
  const pid_t engine = engine_pid();
  (void)end_keeper(SIGKILL);
  ASSERT_EQ(::kill(engine, SIGKILL), 0);
  const std::string memory = "/memfd:laneway-bench (deleted)";
  EXPECT_GT(systemd_.lose_files(memory), 0u);
  start_service();
  await_answer();
  EXPECT_NE(log().find("vf/vm1 cannot be restored: the service manager lost a part of it"), std::string::npos) << log();
  EXPECT_NE(load.wait(), 0);
  const Json shown = laneway_json({"vf", "show", "vm1"});
  EXPECT_EQ(text_at(shown, "state"), "serving");
  EXPECT_FALSE(flag_at(shown, "attached", true));
}

}  // namespace
}  // namespace laneway
