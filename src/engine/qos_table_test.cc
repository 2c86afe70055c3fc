// Limits and groups as the engine keeps them: rules, state file, and plans that move over to queues.
#include "engine/qos_table.h"

#include <gtest/gtest.h>

#include "engine/reactor_pool.h"
#include "engine/testing/fake_steps.h"
#include "qos/testing/quick_disk.h"
#include "qos/throttled_queue.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

QosLimits limits_of(const Json& fields) { return decode_limit_change(fields, "test")->applied_to({}); }

void expect_refused(const Json& fields, bool is_in_group, std::initializer_list<std::string_view> parts) {
  Result<LimitChange> change = decode_limit_change(fields, "vf.limit");
  const Result<void> checked =
      change ? check_function_limits(change->applied_to({}), is_in_group, "vf.limit") : pass_on(change);
  ASSERT_FALSE(checked.has_value()) << to_line(fields);
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(has_parts(checked.error().message, parts)) << checked.error().message;
}

TEST(QosSpec, EveryFieldComesBackAsItWas) {
  Json all = Json::object();
  for (size_t i = 0; i < LimitChange::kFields; ++i) all[std::string(limit_field_name(i))] = 8192 + i;
  EXPECT_EQ(encode_limits(limits_of(all)), all);
  EXPECT_EQ(encode_limits({}), Json::object());
}

TEST(QosSpec, AChangeLeavesWhatItDoesNotNameAndTakesAwayWithZero) {
  const QosLimits before = limits_of({{"iops_max", 100}, {"read_bytes_max", 8192}});
  const Result<LimitChange> change = decode_limit_change({{"iops_max", 0}, {"write_iops_max", 7}}, "vf.limit");
  EXPECT_EQ(encode_limits(change->applied_to(before)), (Json{{"read_bytes_max", 8192}, {"write_iops_max", 7}}));
  EXPECT_TRUE(decode_limit_change(Json(), "vf.limit")->is_empty());
}

TEST(QosSpec, RefusesEachWrongFieldByName) {
  expect_refused({{"iops_max", "many"}}, false, {"'iops_max'", "no whole number"});
  expect_refused({{"iops_max", 200'000'000}}, false, {"'iops_max'", "200000000", "100000000"});
  expect_refused({{"bytes_max", 100}}, false, {"'bytes_max'", "is 100", "4096", "0 for none"});
  expect_refused({{"iops", 100}}, false, {"'iops'", "not known"});
  expect_refused({{"read_iops_burst", 100}}, false, {"'read_iops_burst'", "'read_iops_max'", "leave it out"});
  expect_refused({{"burst_duration_ms", 100}, {"iops_max", 5}}, false, {"'burst_duration_ms'", "'iops_burst'"});
  expect_refused({{"iops_min", 100}}, false, {"'iops_min'", "'group'"});
  expect_refused({{"iops_min", 100}, {"read_iops_max", 50}}, true, {"'iops_min'", "is 100", "'read_iops_max' of 50"});
  EXPECT_TRUE(check_function_limits(limits_of({{"iops_min", 100}, {"iops_max", 100}}), true, "vf.limit").has_value());
  EXPECT_FALSE(check_group_limits(limits_of({{"bytes_min", 8192}}), "group.create").has_value());
  EXPECT_TRUE(has_parts(decode_group_spec({{"name", "none"}}, "g").error().message, {"'none'", "choose another"}));
}

class QosTableTest : public ::testing::Test {
 protected:
  QosTableTest() { open(); }
  void open() {
    table_.reset();
    auto steps = std::make_unique<FakeSteps>();
    steps_ = steps.get();
    store_ = std::move(*StateStore::open(dir_.at("engine.json"), std::move(steps)));
    table_ = std::make_unique<QosTable>(*store_, nullptr);
  }
  void create(const std::string& name, const Json& fields) {
    ASSERT_TRUE(table_->create_group({name, limits_of(fields), {}}).has_value());
  }
  static void expect_error(const Result<void>& result, ErrorCode code, std::initializer_list<std::string_view> parts) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code);
    EXPECT_TRUE(has_parts(result.error().message, parts)) << result.error().message;
  }
  template <typename T>
  static Result<void> outcome(Result<T> result) {
    if (!result) return pass_on(result);
    return {};
  }

  TempDir dir_;
  FakeSteps* steps_ = nullptr;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<QosTable> table_;
};

TEST_F(QosTableTest, GroupsAreThereAgainAfterARestart) {
  create("gold", {{"iops_max", 1000}});
  create("silver", {{"bytes_max", 1 << 20}});
  ASSERT_TRUE(table_->limit_group("gold", *decode_limit_change({{"iops_max", 2000}}, "g")).has_value());
  ASSERT_TRUE(table_->remove_group("silver").has_value());
  open();
  ASSERT_EQ(table_->groups().size(), 1u);
  EXPECT_EQ(encode_limits(table_->group("gold")->spec.limits), (Json{{"iops_max", 2000}}));
  EXPECT_EQ(outcome(table_->group("silver")).error().code, ErrorCode::not_found);
}

TEST_F(QosTableTest, NothingChangesWhereTheStateCannotBeWritten) {
  create("gold", {{"iops_max", 1000}});
  steps_->fail_at = steps_->steps;
  EXPECT_FALSE(table_->create_group({"silver", {}, {}}).has_value());
  steps_->fail_at = steps_->steps;
  EXPECT_FALSE(table_->limit_group("gold", *decode_limit_change({{"iops_max", 1}}, "g")).has_value());
  steps_->fail_at = steps_->steps;
  EXPECT_FALSE(table_->remove_group("gold").has_value());
  ASSERT_EQ(table_->groups().size(), 1u);
  EXPECT_EQ(encode_limits(table_->group("gold")->spec.limits), (Json{{"iops_max", 1000}}));
}

TEST_F(QosTableTest, MinimumsFitIntoTheirGroup) {
  create("gold", {{"iops_max", 1000}});
  ASSERT_TRUE(table_->join("vm1", limits_of({{"iops_min", 600}}), "gold").has_value());
  expect_error(table_->join("vm2", limits_of({{"iops_min", 500}}), "gold"), ErrorCode::invalid_argument,
               {"'gold'", "1100 requests", "1000", "lower one"});
  ASSERT_TRUE(table_->join("vm2", limits_of({{"iops_min", 400}}), "gold").has_value());
  expect_error(table_->change("vm2", limits_of({{"iops_min", 401}}), "gold"), ErrorCode::invalid_argument, {"1001"});
  expect_error(outcome(table_->limit_group("gold", *decode_limit_change({{"iops_max", 900}}, "g"))),
               ErrorCode::invalid_argument, {"'gold' was not changed", "1000 requests", "900"});
  expect_error(outcome(table_->limit_group("gold", *decode_limit_change({{"iops_max", 0}}, "g"))),
               ErrorCode::invalid_argument, {"function 'vm1'", "'iops_min'"});
  expect_error(outcome(table_->limit_group("gold", *decode_limit_change({{"bytes_max", 1 << 20}}, "g"))),
               ErrorCode::invalid_argument, {"function 'vm1'", "'bytes_min' as well"});
  expect_error(table_->change("vm2", limits_of({{"bytes_min", 8192}}), "gold"), ErrorCode::invalid_argument,
               {"'iops_max' too", "'iops_min' as well"});
  expect_error(table_->change("vm2", limits_of({{"iops_min", 1}, {"bytes_min", 8192}}), "gold"),
               ErrorCode::invalid_argument, {"'bytes_min'", "does not have"});
  ASSERT_TRUE(table_->change("vm1", {}, "").has_value());
  EXPECT_EQ(table_->group("gold")->members.size(), 1u);
  table_->leave("vm2");
  EXPECT_TRUE(table_->limit_group("gold", *decode_limit_change({{"iops_max", 10}}, "g")).has_value());
}

TEST_F(QosTableTest, NamesThatAreNotThereOrTakenAreRefused) {
  create("gold", {});
  expect_error(outcome(table_->create_group({"gold", {}, {}})), ErrorCode::already_exists, {"'gold'", "taken"});
  expect_error(table_->join("vm1", {}, "none-such"), ErrorCode::not_found, {"'none-such'", "group list"});
  expect_error(outcome(table_->limit_group("x", {})), ErrorCode::not_found, {"'x'"});
  expect_error(table_->remove_group("x"), ErrorCode::not_found, {"'x'"});
  ASSERT_TRUE(table_->join("vm1", {}, "gold").has_value());
  expect_error(table_->remove_group("gold"), ErrorCode::in_use, {"'vm1' is in it", "--group none"});
}

// With a real reactor: its queue moves over, and nothing that it still follows is freed.
TEST_F(QosTableTest, AnIdleQueueMayFollowAPlanOfAGroupThatIsGone) {
  auto reactors = std::move(*ReactorPool::open({}));
  QosTable table(*store_, reactors.get());
  ASSERT_TRUE(table.create_group({"gold", limits_of({{"iops_max", 1000}}), {}}).has_value());
  ASSERT_TRUE(table.join("vm1", {}, "gold").has_value());
  Throttle& throttle = table.throttle("vm1");
  struct Owner final : BlockRequestOwner {
    void finish(BlockRequest&, Status) override {}
  } owner;
  QuickDisk disk;
  BlockRequest request;
  request.owner = &owner;
  std::unique_ptr<ThrottledQueue> queue;
  Reactor& reactor = reactors->requests(0).reactor();
  run_on(reactor, [&] {
    queue = std::make_unique<ThrottledQueue>(std::move(*disk.open_queue(reactor)), throttle, reactor);
    BlockRequest* one = &request;
    queue->submit({&one, 1});
    queue->poll(reactor.now_ns());
  });
  ASSERT_TRUE(table.change("vm1", {}, "").has_value());
  ASSERT_TRUE(table.remove_group("gold").has_value());
  EXPECT_EQ(throttle.plan(), nullptr);
  run_on(reactor, [&] {
    EXPECT_TRUE(queue->wants_poll());  // there is news
    queue->poll(reactor.now_ns());
    EXPECT_FALSE(queue->wants_poll());
    queue.reset();
  });
  table.leave("vm1");
}

}  // namespace
}  // namespace laneway
