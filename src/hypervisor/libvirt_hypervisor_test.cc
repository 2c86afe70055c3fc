// Libvirt itself, with its own driver for tests, which keeps machines in memory.
#include "hypervisor/libvirt_hypervisor.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace laneway {
namespace {

TEST(LibvirtHypervisor, SeesItsMachines) {
  LibvirtHypervisor hypervisor("test:///default");
  const Result<HypervisorFacts> facts = hypervisor.look();
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  EXPECT_TRUE(facts->version.starts_with("libvirt ")) << facts->version;
  ASSERT_EQ(facts->machines.size(), 1u);
  const MachineFacts& machine = facts->machines.front();
  EXPECT_EQ(machine.now.name, "test");
  EXPECT_EQ(machine.power, MachinePower::running);
  EXPECT_EQ(machine.now.uuid.size(), 36u);
  EXPECT_GT(machine.now.memory_bytes, 0u);
  // Again on the same connection.
  EXPECT_TRUE(hypervisor.look().has_value());
}

TEST(LibvirtHypervisor, SaysWhatToDoWhereNobodyAnswers) {
  LibvirtHypervisor hypervisor("qemu+unix:///session?socket=/no/such/libvirt-sock");
  const Result<HypervisorFacts> facts = hypervisor.look();
  ASSERT_FALSE(facts.has_value());
  EXPECT_EQ(facts.error().code, ErrorCode::unreachable);
  EXPECT_NE(facts.error().message.find("systemctl start libvirtd"), std::string::npos) << facts.error().message;
}

TEST(LibvirtHypervisor, WakesWhoAwaitsAChange) {
  LibvirtHypervisor hypervisor("test:///default");
  ASSERT_TRUE(hypervisor.look().has_value());
  std::thread waker([&] { hypervisor.wake(); });
  hypervisor.await_change(3600 * kSecond);
  waker.join();
}

TEST(LibvirtHypervisor, SwitchesAndChangesMachines) {
  LibvirtHypervisor hypervisor("test:///default");
  ASSERT_TRUE(hypervisor.look().has_value());
  const auto power = [&] { return hypervisor.find("test").value_or(MachineFacts()).power; };
  const auto set = [&](PowerAction action) { return hypervisor.set_power("test", action).has_value(); };
  EXPECT_TRUE(set(PowerAction::pause));
  EXPECT_EQ(power(), MachinePower::paused);
  EXPECT_TRUE(set(PowerAction::resume));
  EXPECT_TRUE(set(PowerAction::force_off));
  EXPECT_EQ(power(), MachinePower::stopped);
  EXPECT_FALSE(set(PowerAction::force_off));
  DefinitionChange change;
  change.memory_bytes = uint64_t{2} << 30;
  change.is_autostarted = true;
  change.makes_memory_shared = true;
  const Result<void> changed = hypervisor.change("test", change);
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  const MachineFacts facts = hypervisor.find("test").value_or(MachineFacts());
  EXPECT_EQ(facts.stored.memory_bytes, uint64_t{2} << 30);
  EXPECT_TRUE(facts.stored.is_memory_shared);
  EXPECT_TRUE(facts.is_autostarted);
  EXPECT_TRUE(set(PowerAction::start));
  EXPECT_EQ(power(), MachinePower::running);
  EXPECT_TRUE(set(PowerAction::stop));
}

TEST(LibvirtHypervisor, NamesTheMachineThatIsNotThere) {
  LibvirtHypervisor hypervisor("test:///default");
  EXPECT_EQ(hypervisor.find("none").error().code, ErrorCode::unreachable);  // not connected yet
  ASSERT_TRUE(hypervisor.look().has_value());
  for (const Result<void>& outcome :
       {hypervisor.set_power("none", PowerAction::start), hypervisor.change("none", {}),
        hypervisor.attach("none", {}, {true, true}), hypervisor.detach("none", {}, {true, true})}) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ErrorCode::not_found);
    EXPECT_NE(outcome.error().message.find("'none'"), std::string::npos) << outcome.error().message;
  }
}

}  // namespace
}  // namespace laneway
