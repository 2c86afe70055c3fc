#include "engine/target_table.h"

#include <gtest/gtest.h>

#include "engine/testing/fake_access.h"
#include "engine/testing/fake_steps.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

class TargetTableTest : public ::testing::Test {
 protected:
  TargetTableTest() {
    open();
    LunFacts facts;
    facts.lun = 1;
    access_.luns = {facts};
  }
  void open() {
    table_.reset();
    auto steps = std::make_unique<FakeSteps>();
    steps_ = steps.get();
    store_ = std::move(*StateStore::open(dir_.at("engine.json"), std::move(steps)));
    table_ = std::make_unique<TargetTable>(*store_, access_, "iqn.2026-11.io.laneway:host");
  }
  static TargetSpec spec(const std::string& name, uint16_t port = 3260) {
    TargetSpec made;
    made.name = name;
    made.iqn = "iqn.2026-11.io.example:disk";
    made.portal = {"127.0.0.1", port};
    made.chap = {"user", "hush-hush-hush"};
    made.noop_interval_s = 7;
    return made;
  }
  void put_function_on(const std::string& target) {
    FunctionSpec function;
    function.name = "vm1";
    function.disk = DiskKind::iscsi;
    function.paths = {{.target = target, .portal = {}}};
    ASSERT_TRUE(store_
                    ->update([&](DesiredState& state) -> Result<void> {
                      state.put(function);
                      return {};
                    })
                    .has_value());
  }
  void expect_refused_logout(const std::string& name, std::initializer_list<std::string_view> parts) {
    const Result<void> refused = table_->logout(name);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::in_use);
    EXPECT_TRUE(has_parts(refused.error().message, parts));
  }

  TempDir dir_;
  FakeAccess access_;
  FakeSteps* steps_ = nullptr;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<TargetTable> table_;
};

TEST_F(TargetTableTest, RemembersATargetThatItCouldLogInTo) {
  const Result<TargetReport> report = table_->login(spec("array"));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->luns.size(), 1u);
  EXPECT_EQ(access_.last_settings.initiator_name, "iqn.2026-11.io.laneway:host");
  EXPECT_EQ(access_.last_settings.noop_interval_ns, 7 * kSecond);
  EXPECT_EQ(access_.last_settings.chap.initiator.secret, "hush-hush-hush");
  open();  // the next start
  ASSERT_EQ(table_->list().size(), 1u);
  EXPECT_EQ(table_->use("array")->target().settings().chap.initiator.secret, "hush-hush-hush");
}

TEST_F(TargetTableTest, ForgetsATargetThatRefusesTheLogin) {
  access_.error = Error{ErrorCode::permission_denied, "target x: authentication failed; check the secret"};
  const Result<TargetReport> refused = table_->login(spec("array"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"Target x", "authentication failed", "check the secret"}));
  EXPECT_TRUE(table_->list().empty());
  EXPECT_FALSE(table_->use("array").has_value());
  access_.error.reset();
  EXPECT_TRUE(table_->login(spec("array")).has_value());
}

TEST_F(TargetTableTest, SaysWhatToDoWhereTheBackEndOnlySaysWhatIsWrong) {
  access_.error = Error{ErrorCode::unreachable, "portal 10.0.0.1:3260: Connection refused"};
  EXPECT_TRUE(has_parts(table_->login(spec("array")).error().message, {"10.0.0.1:3260", "check the address and port"}));
  EXPECT_TRUE(
      has_parts(table_->discover({"10.0.0.1", 3260}, {}).error().message, {"10.0.0.1:3260", "check the address"}));
}

TEST_F(TargetTableTest, LeavesNothingWhereTheTargetCannotBeRemembered) {
  steps_->fail_at = 0;
  const Result<TargetReport> refused = table_->login(spec("array"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(has_parts(refused.error().message, {"engine.json", "No space left", "make room"}));
  EXPECT_TRUE(table_->list().empty());
  EXPECT_TRUE(table_->login(spec("array")).has_value());
}

TEST_F(TargetTableTest, RefusesANameOrATargetThatIsThereAlready) {
  ASSERT_TRUE(table_->login(spec("array")).has_value());
  EXPECT_TRUE(has_parts(table_->login(spec("array", 9)).error().message, {"'array' is taken", "--name", "logout"}));
  EXPECT_TRUE(has_parts(table_->login(spec("other")).error().message, {"remembered as 'array'", "use that"}));
  EXPECT_TRUE(table_->login(spec("other", 9)).has_value());  // another portal
}

TEST_F(TargetTableTest, KeepsATargetThatIsInUse) {
  ASSERT_TRUE(table_->login(spec("array")).has_value());
  {
    const Result<TargetUse> use = table_->use("array");
    expect_refused_logout("array", {"'array' was not forgotten", "in use by a function", "delete"});
  }
  put_function_on("array");
  expect_refused_logout("array", {"'array' was not forgotten", "in use by function vm1", "delete"});
  EXPECT_EQ(table_->list()[0].functions, std::vector<std::string>{"vm1"});
}

TEST_F(TargetTableTest, ForgetsATargetThatNobodyUses) {
  ASSERT_TRUE(table_->login(spec("array")).has_value());
  ASSERT_TRUE(table_->logout("array").has_value());
  EXPECT_EQ(table_->count(), 0u);
  EXPECT_TRUE(has_parts(table_->logout("array").error().message, {"no target 'array'", "target list", "target login"}));
  EXPECT_EQ(table_->show("array").error().code, ErrorCode::not_found);
}

TEST_F(TargetTableTest, KeepsATargetWhoseForgettingCannotBeWritten) {
  ASSERT_TRUE(table_->login(spec("array")).has_value());
  steps_->fail_at = steps_->steps;
  EXPECT_EQ(table_->logout("array").error().code, ErrorCode::no_space);
  EXPECT_TRUE(table_->use("array").has_value());
  EXPECT_TRUE(table_->logout("array").has_value());
}

TEST_F(TargetTableTest, ShowsATargetThatDoesNotAnswerWithTheReason) {
  ASSERT_TRUE(table_->login(spec("array")).has_value());
  access_.error = Error{ErrorCode::unreachable, "target array: Connection refused"};
  const Result<TargetReport> report = table_->show("array");
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->luns.empty());
  EXPECT_TRUE(has_parts(report->luns_error, {"Connection refused", "check the address"}));
}

}  // namespace
}  // namespace laneway
