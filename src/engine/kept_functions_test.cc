// Functions between two engines of which something outlives the first: what was kept is used again, and lost only where
// a function is deleted.
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>

#include "base/unix_socket.h"
#include "engine/function_table.h"
#include "engine/testing/fake_kept.h"
#include "engine/testing/fake_parts.h"
#include "engine/testing/fake_steps.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

class KeptFunctionsTest : public ::testing::Test {
 protected:
  KeptFunctionsTest() { start(); }
  void start() {
    store_ = std::move(*StateStore::open(dir_.at("engine.json"), std::make_unique<FakeSteps>()));
    qos_ = std::make_unique<QosTable>(*store_, nullptr);
    table_ = std::make_unique<FunctionTable>(*store_, *qos_, ServedFunction::Source{parts_, kept_}, dir_.path());
    table_->restore_all();
  }
  void restart() {
    table_.reset();
    start();
  }
  void create(const std::string& name) {
    FunctionSpec spec;
    spec.name = name;
    spec.capacity_bytes = kMiB;
    const Result<FunctionReport> made = table_->create(spec);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    kept_.dropped.clear();
  }
  std::string socket_of(const std::string& name) const { return dir_.at(name + ".sock"); }
  FunctionReport report(const std::string& name) { return *table_->report(name); }

  TempDir dir_;
  FakeKept kept_;
  FakeParts parts_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<QosTable> qos_;
  std::unique_ptr<FunctionTable> table_;
};

TEST_F(KeptFunctionsTest, AFrontEndThatConnectsBetweenTwoEnginesIsServedByTheSecond) {
  create("vm1");
  table_.reset();
  EXPECT_EQ(parts_.hand_overs, 1u);
  EXPECT_EQ(parts_.front_ends_open, 0u);
  // Nobody serves, and nobody is refused.
  const Result<UniqueFd> early = connect_unix(socket_of("vm1"), kSecond);
  ASSERT_TRUE(early.has_value());
  start();
  EXPECT_EQ(report("vm1").state, FunctionState::serving);
  pollfd waiting{kept_.listeners["vm1"].get(), POLLIN, 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 1) << "it is the same socket, and the connection waits in it";
}

TEST_F(KeptFunctionsTest, ASuccessorMustWaitWhereSomethingIsStillUnderWay) {
  create("vm1");
  create("vm2");
  EXPECT_TRUE(table_->hand_over());
  restart();
  parts_.busy = {"vm1"};
  EXPECT_FALSE(table_->hand_over()) << "all the same when the other one is at rest";
}

TEST_F(KeptFunctionsTest, AnAttachedDeviceIsRestoredWithItsFunction) {
  create("vm1");
  create("vm2");
  kept_.devices = {"vm1", "vm2"};
  kept_.settled = {"vm2"};
  restart();
  EXPECT_EQ(parts_.devices_restored, 2u);
  EXPECT_EQ(parts_.last_opening, DiskOpening::inherit) << "of vm2, where nothing was under way";
  restart();
  kept_.settled.clear();
  restart();
  EXPECT_EQ(parts_.last_opening, DiskOpening::restore);
}

TEST_F(KeptFunctionsTest, WhatCannotBeRestoredYetIsNotLost) {
  create("vm1");
  kept_.devices = {"vm1"};
  parts_.disk_error = Error{ErrorCode::in_use, "the file is locked"};
  restart();
  EXPECT_EQ(report("vm1").state, FunctionState::failed);
  parts_.disk_error.reset();
  parts_.front_end_error = Error{ErrorCode::io, "no memory"};
  table_->look_after();
  EXPECT_EQ(report("vm1").state, FunctionState::failed);
  parts_.front_end_error.reset();
  kept_.is_record_bad = true;
  table_->look_after();
  EXPECT_TRUE(has_parts(report("vm1").reason, {"no device record"}));
  kept_.is_record_bad = false;
  EXPECT_TRUE(kept_.dropped.empty());
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value()) << "its socket is there all the while";
  table_->look_after();
  EXPECT_EQ(report("vm1").state, FunctionState::serving);
  EXPECT_EQ(parts_.devices_restored, 1u);
}

TEST_F(KeptFunctionsTest, NothingIsLeftOfADeletedFunction) {
  create("vm1");
  kept_.devices = {"vm1"};
  ASSERT_TRUE(table_->remove("vm1", true).has_value());
  EXPECT_TRUE(kept_.dropped.contains("vm1"));
  EXPECT_TRUE(kept_.listeners.empty());
  EXPECT_FALSE(std::filesystem::exists(socket_of("vm1")));
}

TEST_F(KeptFunctionsTest, WhatIsLeftOfNoFunctionIsDroppedAtTheStart) {
  create("vm1");
  kept_.devices = {"vm1", "gone"};
  restart();
  EXPECT_EQ(kept_.devices, std::set<std::string>{"vm1"});
}

TEST_F(KeptFunctionsTest, OneThatFailsIsDeletedWithItsDeviceByForceOnly) {
  create("vm1");
  kept_.devices = {"vm1"};
  parts_.disk_error = Error{ErrorCode::in_use, "the file is locked"};
  restart();
  const Result<void> refused = table_->remove("vm1", false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::in_use);
  ASSERT_TRUE(table_->remove("vm1", true).has_value());
  EXPECT_TRUE(kept_.devices.empty());
  EXPECT_FALSE(std::filesystem::exists(socket_of("vm1")));
}

TEST_F(KeptFunctionsTest, ANewFunctionInheritsNothingOfAnEarlierOneOfItsName) {
  kept_.devices = {"vm1"};
  create("vm1");
  EXPECT_TRUE(kept_.devices.empty());
  EXPECT_EQ(parts_.devices_restored, 0u);
}

TEST_F(KeptFunctionsTest, AFunctionThatWasNotCreatedLeavesNothing) {
  parts_.front_end_error = Error{ErrorCode::io, "no memory"};
  FunctionSpec spec;
  spec.name = "vm1";
  spec.capacity_bytes = kMiB;
  EXPECT_FALSE(table_->create(spec).has_value());
  EXPECT_TRUE(kept_.listeners.empty());
  EXPECT_FALSE(std::filesystem::exists(socket_of("vm1")));
}

TEST_F(KeptFunctionsTest, QuarantineIsShownAndEndsWithARelease) {
  create("vm1");
  create("vm2");
  kept_.devices = kept_.quarantined = {"vm1"};
  restart();
  EXPECT_EQ(report("vm1").state, FunctionState::quarantined);
  EXPECT_TRUE(
      has_parts(report("vm1").reason, {"held and not used", "laneway vf release vm1", "laneway vf delete vm1"}));
  EXPECT_EQ(report("vm2").state, FunctionState::serving);
  EXPECT_EQ(table_->counts().failed, 1u);
  table_->look_after();
  EXPECT_EQ(report("vm1").state, FunctionState::quarantined) << "nobody tries it by himself";
  EXPECT_EQ(parts_.devices_restored, 0u);
  const Result<FunctionReport> refused = table_->release("vm2");
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"'vm2' was not released", "not in quarantine"}));
  EXPECT_EQ(table_->release("vm9").error().code, ErrorCode::not_found);
  const Result<FunctionReport> released = table_->release("vm1");
  ASSERT_TRUE(released.has_value());
  EXPECT_EQ(released->state, FunctionState::serving);
  EXPECT_EQ(parts_.devices_restored, 1u);
}

}  // namespace
}  // namespace laneway
