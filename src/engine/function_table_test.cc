#include "engine/function_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/unix_socket.h"
#include "engine/testing/fake_parts.h"
#include "engine/testing/fake_steps.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

class FunctionTableTest : public ::testing::Test {
 protected:
  FunctionTableTest() {
    open_store();
    qos_ = std::make_unique<QosTable>(*store_, nullptr);
    table_ = std::make_unique<FunctionTable>(*store_, *qos_, ServedFunction::Source{parts_, kept_}, dir_.path());
    LunFacts facts;
    facts.lun = 1;
    facts.identity = "naa.1";
    facts.limits.capacity_bytes = kGiB;
    parts_.luns[1] = facts;
    facts.lun = 2;
    parts_.luns[2] = facts;  // the same disk under another number
    facts.lun = 3;
    facts.identity = "naa.3";
    parts_.luns[3] = facts;
  }

  void open_store() {
    auto steps = std::make_unique<FakeSteps>();
    steps_ = steps.get();
    store_ = std::move(*StateStore::open(dir_.at("engine.json"), std::move(steps)));
  }
  // As at the next start of the engine.
  void restart() {
    table_.reset();
    qos_.reset();
    open_store();
    qos_ = std::make_unique<QosTable>(*store_, nullptr);
    table_ = std::make_unique<FunctionTable>(*store_, *qos_, ServedFunction::Source{parts_, kept_}, dir_.path());
    table_->restore_all();
  }
  void add_target(const std::string& name) {
    TargetSpec target;
    target.name = name;
    target.iqn = "iqn.2026-11.io.example:" + name;
    target.portal.host = "127.0.0.1";
    ASSERT_TRUE(store_
                    ->update([&](DesiredState& state) -> Result<void> {
                      state.put(target);
                      return {};
                    })
                    .has_value());
  }
  static FunctionSpec memory(const std::string& name) {
    FunctionSpec spec;
    spec.name = name;
    spec.capacity_bytes = kMiB;
    return spec;
  }
  static FunctionSpec lun(const std::string& name, uint64_t number) {
    FunctionSpec spec;
    spec.name = name;
    spec.disk = DiskKind::iscsi;
    spec.paths = {{.target = "array", .lun = number, .portal = {}}};
    return spec;
  }
  std::string socket_of(const std::string& name) const { return dir_.at(name + ".sock"); }

  // Nothing of a function of that name is anywhere.
  void expect_nothing_of(const std::string& name) {
    EXPECT_FALSE(table_->report(name).has_value());
    EXPECT_EQ(store_->state().find_function(name), nullptr);
    EXPECT_FALSE(std::filesystem::exists(socket_of(name)));
    EXPECT_EQ(parts_.disks_open, table_->counts().serving);
    EXPECT_EQ(parts_.front_ends_open, table_->counts().serving);
  }
  // Creating it fails with this code and a sentence of these parts, leaves nothing, and works once the reason is gone.
  void expect_refused(const FunctionSpec& spec, ErrorCode code, std::initializer_list<std::string_view> parts) {
    const Result<FunctionReport> refused = table_->create(spec);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, code);
    EXPECT_TRUE(has_parts(refused.error().message, {"Function '" + spec.name + "' was not created"}));
    EXPECT_TRUE(has_parts(refused.error().message, parts));
  }

  TempDir dir_;
  KeptThings kept_;  // nothing
  FakeParts parts_;
  FakeSteps* steps_ = nullptr;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<QosTable> qos_;
  std::unique_ptr<FunctionTable> table_;
};

TEST_F(FunctionTableTest, ServesANewFunctionOnItsSocketAndRemembersIt) {
  const Result<FunctionReport> report = table_->create(memory("vm1"));
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->state, FunctionState::serving);
  EXPECT_EQ(report->socket_path, socket_of("vm1"));
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value());
  EXPECT_NE(store_->state().find_function("vm1"), nullptr);
}

TEST_F(FunctionTableTest, RefusesANameThatIsTaken) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  expect_refused(memory("vm1"), ErrorCode::already_exists, {"name is taken", "choose another", "delete that"});
  EXPECT_EQ(table_->counts().serving, 1u);
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value());
}

TEST_F(FunctionTableTest, LeavesNothingBehindWhenTheDiskCannotBeOpened) {
  parts_.disk_error = Error{ErrorCode::permission_denied, "/x cannot be opened: Permission denied; check it."};
  expect_refused(memory("vm1"), ErrorCode::permission_denied, {"/x", "Permission denied", "check it"});
  expect_nothing_of("vm1");
  parts_.disk_error.reset();
  EXPECT_TRUE(table_->create(memory("vm1")).has_value());
}

TEST_F(FunctionTableTest, LeavesNothingBehindWhenTheFrontEndFails) {
  parts_.front_end_error = Error{ErrorCode::no_space, "No room; free some."};
  expect_refused(memory("vm1"), ErrorCode::no_space, {"no room", "free some"});
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, LeavesNothingBehindWhenItCannotBeRemembered) {
  FunctionSpec spec = memory("vm1");
  spec.disk = DiskKind::file;
  spec.path = dir_.at("new.raw");  // to be made
  steps_->fail_at = steps_->steps;
  expect_refused(spec, ErrorCode::no_space, {"engine.json", "No space left", "make room"});
  expect_nothing_of("vm1");
  EXPECT_FALSE(std::filesystem::exists(spec.path));
  EXPECT_TRUE(table_->create(spec).has_value());
  EXPECT_TRUE(std::filesystem::exists(spec.path));
}

TEST_F(FunctionTableTest, MakesAFileOnlyOnceAndKeepsItWhenTheFunctionGoes) {
  FunctionSpec spec = memory("vm1");
  spec.disk = DiskKind::file;
  spec.path = dir_.at("new.raw");
  ASSERT_TRUE(table_->create(spec).has_value());
  EXPECT_EQ(store_->state().find_function("vm1")->capacity_bytes, 0u);
  ASSERT_TRUE(table_->remove("vm1", false).has_value());
  EXPECT_TRUE(std::filesystem::exists(spec.path));
}

TEST_F(FunctionTableTest, RemovesAFileThatItMadeWhenALaterStepFails) {
  FunctionSpec spec = memory("vm1");
  spec.disk = DiskKind::file;
  spec.path = dir_.at("new.raw");
  std::ofstream(socket_of("vm1")) << "in the way";
  expect_refused(spec, ErrorCode::already_exists, {"vm1.sock", "not a socket"});
  EXPECT_FALSE(std::filesystem::exists(spec.path));
}

TEST_F(FunctionTableTest, RefusesASocketPathThatIsTooLong) {
  FunctionSpec spec = memory("vm1");
  spec.socket_path = dir_.at(std::string(120, 's'));
  expect_refused(spec, ErrorCode::invalid_argument, {"bytes long", "107", "shorter"});
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, RefusesASocketPathThatExistsAndLeavesWhatIsThere) {
  FunctionSpec spec = memory("vm1");
  spec.socket_path = dir_.at("file");
  std::ofstream(spec.socket_path) << "kept";
  expect_refused(spec, ErrorCode::already_exists, {spec.socket_path, "exists", "another path"});
  EXPECT_EQ(std::filesystem::file_size(spec.socket_path), 4u);
  spec.socket_path = dir_.at("busy");
  const Result<UniqueFd> other = listen_unix(spec.socket_path, 0600);
  expect_refused(spec, ErrorCode::in_use, {spec.socket_path, "listens", "another path"});
  EXPECT_TRUE(connect_unix(spec.socket_path, kSecond).has_value());
}

TEST_F(FunctionTableTest, RefusesTheSocketPathOfAnotherFunction) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  FunctionSpec spec = memory("vm2");
  spec.socket_path = socket_of("vm1");
  expect_refused(spec, ErrorCode::already_exists, {"belongs to function 'vm1'", "choose another"});
}

TEST_F(FunctionTableTest, RefusesALunThatAnotherFunctionUses) {
  add_target("array");
  ASSERT_TRUE(table_->create(lun("vm1", 1)).has_value());
  expect_refused(lun("vm2", 1), ErrorCode::in_use, {"LUN 1", "'array'", "in use by function 'vm1'", "another LUN"});
  expect_refused(lun("vm2", 2), ErrorCode::in_use, {"LUN 2", "naa.1", "in use by function 'vm1'", "another LUN"});
  expect_nothing_of("vm2");
  EXPECT_TRUE(table_->create(lun("vm2", 3)).has_value());
}

TEST_F(FunctionTableTest, RefusesALunThatIsNotThere) {
  add_target("array");
  expect_refused(lun("vm1", 9), ErrorCode::not_found, {"no LUN 9"});
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, RefusesAFunctionWhoseTargetWasForgottenMeanwhile) {
  expect_refused(lun("vm1", 1), ErrorCode::not_found, {"target 'array'", "forgotten", "log in"});
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, DeletesAFunctionWithItsSocket) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  ASSERT_TRUE(table_->remove("vm1", false).has_value());
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, DeletesAFunctionWithAGuestOnlyByForce) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  parts_.attached["vm1"] = true;
  const Result<void> refused = table_->remove("vm1", false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::in_use);
  EXPECT_TRUE(has_parts(refused.error().message, {"'vm1' was not deleted", "guest is attached", "--force"}));
  EXPECT_EQ(table_->counts().attached, 1u);
  EXPECT_TRUE(table_->remove("vm1", true).has_value());
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, KeepsAFunctionWhoseDeletionCannotBeRemembered) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  steps_->fail_at = steps_->steps;
  const Result<void> refused = table_->remove("vm1", false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"'vm1' was not deleted", "No space left", "make room"}));
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value());
  EXPECT_TRUE(table_->remove("vm1", false).has_value());
}

TEST_F(FunctionTableTest, SaysThatAFunctionIsNotThere) {
  const auto expect_unknown = [](const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_TRUE(has_parts(error.message, {"no function 'vm9'", "vf list"}));
  };
  expect_unknown(table_->remove("vm9", false).error());
  expect_unknown(table_->resize("vm9", 512).error());
  expect_unknown(table_->report("vm9").error());
}

TEST_F(FunctionTableTest, ResizesAndRemembersTheNewSize) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  const Result<FunctionTable::Resized> resized = table_->resize("vm1", 2 * kMiB);
  ASSERT_TRUE(resized.has_value());
  EXPECT_EQ(resized->old_capacity_bytes, kMiB);
  EXPECT_EQ(resized->capacity_bytes, 2 * kMiB);
  EXPECT_EQ(store_->state().find_function("vm1")->capacity_bytes, 2 * kMiB);
}

TEST_F(FunctionTableTest, RefusesASizeThatIsNoMultipleOfTheSector) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  const Result<FunctionTable::Resized> refused = table_->resize("vm1", 1000);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(has_parts(refused.error().message,
                        {"'vm1' was not resized", "1000 bytes", "512-byte", "round the size to 1024"}));
}

TEST_F(FunctionTableTest, GoesBackToTheOldSizeWhenTheNewOneCannotBeRemembered) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  steps_->fail_at = steps_->steps;
  EXPECT_FALSE(table_->resize("vm1", 2 * kMiB).has_value());
  EXPECT_EQ(table_->report("vm1")->geometry.capacity_bytes, kMiB);
}

TEST_F(FunctionTableTest, PassesTheDisksRefusalToResizeOn) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  parts_.resize_error = Error{ErrorCode::unsupported, "It cannot shrink; give a larger size."};
  const Result<FunctionTable::Resized> refused = table_->resize("vm1", 512);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"'vm1' was not resized", "cannot shrink", "larger size"}));
}

TEST_F(FunctionTableTest, ServesEverythingAgainAfterARestart) {
  add_target("array");
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  ASSERT_TRUE(table_->create(lun("vm2", 1)).has_value());
  restart();
  EXPECT_EQ(table_->counts().serving, 2u);
  EXPECT_EQ(parts_.last_opening, DiskOpening::restore);
  EXPECT_EQ(table_->report("vm2")->geometry.capacity_bytes, kGiB);  // as recorded, without asking
  EXPECT_EQ(table_->report("vm2")->identity, "naa.1");
  EXPECT_TRUE(connect_unix(socket_of("vm1"), kSecond).has_value());
}

TEST_F(FunctionTableTest, KeepsAFunctionThatCannotBeServedAndServesItWhenItCan) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  parts_.disk_error = Error{ErrorCode::not_found, "/x is missing; put it back."};
  restart();
  Result<FunctionReport> report = table_->report("vm1");
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->state, FunctionState::failed);
  EXPECT_TRUE(has_parts(report->reason, {"/x is missing"}));
  EXPECT_TRUE(has_parts(table_->resize("vm1", 512).error().message, {"'vm1' was not resized", "/x is missing"}));
  table_->look_after();
  EXPECT_EQ(table_->counts().failed, 1u);
  parts_.disk_error.reset();
  table_->look_after();
  EXPECT_EQ(table_->counts().serving, 1u);
  EXPECT_TRUE(table_->report("vm1")->reason.empty());
}

TEST_F(FunctionTableTest, DeletesAFunctionThatCannotBeServed) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  parts_.disk_error = Error{ErrorCode::not_found, "/x is missing; put it back."};
  restart();
  EXPECT_TRUE(table_->remove("vm1", false).has_value());
  expect_nothing_of("vm1");
}

TEST_F(FunctionTableTest, RecordsThatALunHasGrown) {
  add_target("array");
  ASSERT_TRUE(table_->create(lun("vm1", 1)).has_value());
  parts_.measured_bytes = 2 * kGiB;
  ASSERT_TRUE(table_->resize("vm1", 0).has_value());
  EXPECT_EQ(store_->state().find_function("vm1")->lun_facts->limits.capacity_bytes, 2 * kGiB);
  restart();
  EXPECT_EQ(table_->report("vm1")->geometry.capacity_bytes, 2 * kGiB);
}

TEST_F(FunctionTableTest, AMoveIsCarriedOutOrSaysWhyNot) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  EXPECT_EQ(table_->move("vm2", std::nullopt, 1).error().code, ErrorCode::not_found);
  const Result<FunctionReport> moved = table_->move("vm1", std::nullopt, 1);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(moved->queue_reactors, std::vector<uint32_t>{1});
  parts_.move_error = Error{ErrorCode::not_found, "there is no reactor 9"};
  const Result<FunctionReport> failed = table_->move("vm1", 0, 9);
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(has_parts(failed.error().message, {"'vm1' was not moved", "no reactor 9"}));
  EXPECT_EQ(table_->report("vm1")->queue_reactors, std::vector<uint32_t>{1});
  EXPECT_TRUE(table_->remove("vm1", false).has_value()) << "it is not busy any more";
}

TEST_F(FunctionTableTest, AReactorIsVacatedFunctionByFunctionUntilOneCannotLeave) {
  for (const char* name : {"vm1", "vm2", "vm3"}) ASSERT_TRUE(table_->create(memory(name)).has_value());
  ASSERT_TRUE(table_->move("vm2", std::nullopt, 5).has_value());
  ASSERT_TRUE(table_->vacate(0).has_value());
  EXPECT_EQ(table_->report("vm1")->queue_reactors, std::vector<uint32_t>{1});
  EXPECT_EQ(table_->report("vm2")->queue_reactors, std::vector<uint32_t>{5}) << "it was not there";
  EXPECT_EQ(table_->report("vm3")->queue_reactors, std::vector<uint32_t>{1});
  parts_.move_error = Error{ErrorCode::timed_out, "requests have not ended"};
  const Result<void> failed = table_->vacate(1);
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(has_parts(failed.error().message, {"'vm1' was not moved", "have not ended"}));
  EXPECT_TRUE(table_->remove("vm1", false).has_value()) << "it is not busy any more";
}

// The second call waits for its turn instead of failing, at whatever moment it comes.
TEST_F(FunctionTableTest, AReactorIsVacatedAfterTheCallThatIsUnderWay) {
  ASSERT_TRUE(table_->create(memory("vm1")).has_value());
  for (int round = 0; round < 20; ++round) {
    FakeParts::Gate gate;
    parts_.move_gate = &gate;
    std::thread mover([this] { EXPECT_TRUE(table_->move("vm1", std::nullopt, 3).has_value()); });
    gate.is_reached.acquire();
    std::thread vacater([this] { EXPECT_TRUE(table_->vacate(3).has_value()); });
    gate.may_pass.release();
    mover.join();
    vacater.join();
    EXPECT_EQ(table_->report("vm1")->queue_reactors, std::vector<uint32_t>{4});
  }
}

TEST_F(FunctionTableTest, LimitsAreRememberedAndAFailureLeavesTheOldOnes) {
  ASSERT_TRUE(qos_->create_group({"gold", {}, {}}).has_value());
  FunctionSpec spec = memory("vm1");
  spec.limits.max[static_cast<size_t>(QosRate::iops)] = 100;
  ASSERT_TRUE(table_->create(spec).has_value());
  LimitChange change = *decode_limit_change({{"iops_max", 200}}, "vf.limit");
  change.group = "gold";
  ASSERT_TRUE(table_->limit("vm1", change).has_value());
  steps_->fail_at = steps_->steps;
  const Result<FunctionReport> failed = table_->limit("vm1", *decode_limit_change({{"iops_max", 300}}, "vf.limit"));
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(has_parts(failed.error().message, {"'vm1' was not limited"}));
  change.group = "silver";
  EXPECT_EQ(table_->limit("vm1", change).error().code, ErrorCode::not_found);
  EXPECT_FALSE(
      table_->limit("vm1", *decode_limit_change({{"iops_burst", 5}, {"iops_max", 0}}, "vf.limit")).has_value());
  restart();
  const FunctionReport report = *table_->report("vm1");
  EXPECT_EQ(encode_limits(report.spec.limits), (Json{{"iops_max", 200}}));
  EXPECT_EQ(report.spec.group, "gold");
  EXPECT_EQ(qos_->group("gold")->members.size(), 1u);
  ASSERT_TRUE(table_->remove("vm1", false).has_value());
  EXPECT_TRUE(qos_->remove_group("gold").has_value());
}

TEST_F(FunctionTableTest, AFunctionOfAGroupThatIsNotThereIsNotCreated) {
  FunctionSpec spec = memory("vm1");
  spec.group = "gold";
  const Result<FunctionReport> refused = table_->create(spec);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"'vm1' was not created", "no group 'gold'"}));
  EXPECT_FALSE(table_->report("vm1").has_value());
  EXPECT_TRUE(table_->create(memory("vm1")).has_value());
}

}  // namespace
}  // namespace laneway
