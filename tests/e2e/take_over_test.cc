// A guest's I/O while engines under a keeper come and go: the same connection, every answer once, and what was written
// is there.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "base/fd.h"
#include "stage.h"

namespace laneway {
namespace {

class TakeOverE2e : public Stage, public testing::WithParamInterface<const char*> {
 protected:
  // An engine of which the keeper knows nothing must not outlive the test.
  void TearDown() override {
    if (engine_ == nullptr) return;
    engine_->signal(SIGTERM);
    engine_->wait();
  }
  void create(const std::string& disk) {
    const std::string file = dir_.at("disk.raw");
    if (disk == "memory") expect_done({"vf", "create", "vm1", "--memory", "16M", "--queues", "2"});
    if (disk == "file") expect_done({"vf", "create", "vm1", "--file", file, "--size", "16M", "--queues", "2"});
  }
  uint64_t engine_pid() { return number_at(laneway_json({"engine", "status"}), "pid"); }
  // Returns once another engine answers.
  void end_engine(int signal) {
    const uint64_t pid = engine_pid();
    const UniqueFd engine(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
    ASSERT_TRUE(engine);
    ASSERT_EQ(::syscall(SYS_pidfd_send_signal, engine.get(), signal, nullptr, 0), 0);
    pollfd ended{engine.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ended, 1, 20'000), 1);
    ASSERT_NE(engine_pid(), pid);
  }
  std::unique_ptr<Process> start_load() {
    auto load = std::make_unique<Process>(
        Arguments{binary("laneway"), "bench", socket_of("vm1"), "--verify", "--overwrite", "--reads", "50", "--queues",
                  "2", "--depth", "16", "--warm-up", "0", "--time", "3"},
        dir_.at("load.log"));
    // A connection that is accepted and not kept yet ends with its engine.
    for (int i = 0; i < 1000 && !is_attached(); ++i) {
    }
    return load;
  }
  bool is_attached() const { return number_at(laneway_json({"engine", "status"}), "functions_attached") == 1; }
  void expect_unharmed(Process& load) {
    EXPECT_EQ(load.wait(), 0) << content_of(dir_.at("load.log")) << log();
    EXPECT_EQ(log().find("front-end disconnected; waiting"), log().rfind("front-end disconnected; waiting"))
        << "once, at the load's end";
    EXPECT_EQ(number_at(laneway_json({"vf", "stats", "vm1"}), "errors", 9), 0u);
  }
};

TEST_P(TakeOverE2e, AVerifiedLoadOutlivesItsEngines) {
  start_keeper();
  create(GetParam());
  const auto load = start_load();
  uint32_t deaths = 0;
  for (; deaths < 5 && !load->has_ended(); ++deaths) end_engine(SIGKILL);
  EXPECT_GE(deaths, 3u);
  expect_unharmed(*load);
}

TEST_P(TakeOverE2e, AVerifiedLoadIsHandedOverToSuccessors) {
  start_keeper();
  create(GetParam());
  const auto load = start_load();
  for (uint32_t ends = 0; ends < 6 && !load->has_ended(); ++ends) end_engine(SIGTERM);
  expect_unharmed(*load);
}

TEST_P(TakeOverE2e, AVerifiedLoadOutlivesUpgrades) {
  start_keeper();
  create(GetParam());
  const auto load = start_load();
  for (uint32_t upgrades = 0; upgrades < 4 && !load->has_ended(); ++upgrades) {
    expect_done({"engine", "upgrade", binary("laneway-engine")});
  }
  expect_unharmed(*load);
}

INSTANTIATE_TEST_SUITE_P(Disks, TakeOverE2e, testing::Values("memory", "file"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace laneway
