// Machines as the hypervisor has them, shown in the catalog.
#include "manager/machine_watch.h"

#include <gtest/gtest.h>

#include "manager/machine_status.h"
#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

class MachineWatchTest : public ::testing::Test {
 protected:
  ~MachineWatchTest() override { EXPECT_EQ(stage_.last_mismatch, ""); }
  MachineWatch& watch() { return stage_.plane().machines(); }
  Json status(const std::string& name) { return member(stage_.get("/api/v1/machines/" + name).body, "status"); }
  std::vector<std::string> events() {
    std::vector<std::string> reasons;
    const ApiStage::Got got = stage_.get("/api/v1/events");
    for (const Json& event : member(got.body, "items")) reasons.push_back(text_at(event, "reason"));
    return reasons;
  }
  size_t told(const std::string& reason) {
    const std::vector<std::string> all = events();
    return static_cast<size_t>(std::count(all.begin(), all.end(), reason));
  }

  ApiStage stage_;
};

TEST_F(MachineWatchTest, ShowsMachinesWithTheNamesOfTheirFunctions) {
  (void)stage_.ask("PUT", "/api/v1/volumes/m", {{"spec", memory_volume()}});
  (void)stage_.ask("PUT", "/api/v1/functions/f", {{"spec", {{"volume", "m"}}}});
  stage_.settle();
  const std::string socket = text_at(stage_.plane().catalog().find(Kind::function, "f")->status, "socket_path");
  ASSERT_NE(socket, "");
  stage_.hypervisor.put(running_machine("vm1", socket));
  stage_.hypervisor.put(running_machine("other", "/of/somebody/else.sock"));
  watch().turn();
  EXPECT_EQ(text_at(status("vm1")["disks"][0], "function"), "f");
  EXPECT_FALSE(status("other")["disks"][0].contains("function"));
  EXPECT_EQ(machines_with_function("f", stage_.plane().catalog()), std::vector<std::string>{"vm1"});
  const auto refused = stage_.ask("DELETE", "/api/v1/functions/f");
  EXPECT_EQ(refused.status, 409u);
  EXPECT_NE(text_at(refused.body, "detail").find("detach it first"), std::string::npos);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/functions/f?force=true").status, 202u);
}

TEST_F(MachineWatchTest, TellsWhatChangesAndNotWhatWasThere) {
  stage_.hypervisor.put(running_machine("vm1"));
  watch().turn();
  EXPECT_EQ(events(), std::vector<std::string>{"libvirt_up"});
  MachineFacts crashed = running_machine("vm1");
  crashed.power = MachinePower::crashed;
  stage_.hypervisor.put(crashed);
  watch().turn();
  watch().turn();
  EXPECT_EQ(told("machine_crashed"), 1u);
  stage_.hypervisor.remove("vm1");
  watch().turn();
  EXPECT_EQ(told("machine_gone"), 1u);
  EXPECT_EQ(stage_.get("/api/v1/machines/vm1").status, 404u);
}

TEST_F(MachineWatchTest, KeepsMachinesAsUnknownWhileTheHypervisorIsAway) {
  stage_.hypervisor.put(running_machine("vm1"));
  watch().turn();
  const Json spec = stage_.get("/api/v1/machines/vm1").body["spec"];
  stage_.hypervisor.fail_with(Error{ErrorCode::unreachable, "Libvirt does not answer; start it."});
  watch().turn();
  watch().turn();
  EXPECT_EQ(text_at(status("vm1"), "state"), "unknown");
  EXPECT_EQ(text_at(status("vm1"), "reason"), "Libvirt does not answer; start it.");
  EXPECT_EQ(stage_.get("/api/v1/machines/vm1").body["spec"], spec);
  EXPECT_EQ(told("libvirt_down"), 1u);
  EXPECT_EQ(text_at(watch().libvirt_part(), "state"), "unreachable");
  stage_.hypervisor.fail_with(std::nullopt);
  watch().turn();
  EXPECT_EQ(text_at(status("vm1"), "state"), "running");
  EXPECT_EQ(told("libvirt_up"), 2u);
}

TEST_F(MachineWatchTest, TellsOfALookThatHangsWithoutWaitingForIt) {
  stage_.hypervisor.put(running_machine("vm1"));
  watch().turn();
  watch().check_pulse();
  EXPECT_EQ(text_at(watch().libvirt_part(), "state"), "running");
  stage_.hypervisor.hang(true);
  std::thread looking([&] { watch().turn(); });
  stage_.hypervisor.await_hung_look();
  stage_.clock.now += 2 * MachineWatch::kPatienceNs;
  watch().check_pulse();
  EXPECT_EQ(text_at(status("vm1"), "state"), "unknown");
  EXPECT_NE(text_at(status("vm1"), "reason").find("does not answer it"), std::string::npos);
  stage_.hypervisor.hang(false);
  looking.join();
  EXPECT_EQ(text_at(status("vm1"), "state"), "running");
}

TEST_F(MachineWatchTest, AddsUpWhatTheRunningOnesMayTake) {
  stage_.hypervisor.put(running_machine("vm1"));
  MachineFacts stopped = running_machine("off");
  stopped.power = MachinePower::stopped;
  stage_.hypervisor.put(stopped);
  watch().turn();
  EXPECT_EQ(watch().machines_part(),
            Json({{"total", 2}, {"running", 1}, {"cpus", 2}, {"memory_bytes", uint64_t{1} << 30}}));
}

TEST_F(MachineWatchTest, ItsThreadFollowsTheHypervisor) {
  MonotonicClock clock;
  FakeHypervisor hypervisor;
  MachineWatch threaded({&hypervisor, stage_.plane().catalog(), stage_.plane().events(), clock});
  threaded.start();
  hypervisor.put(running_machine("vm1"));
  hypervisor.wake();
  while (stage_.get("/api/v1/machines/vm1").status != 200) std::this_thread::yield();
}

}  // namespace
}  // namespace laneway
