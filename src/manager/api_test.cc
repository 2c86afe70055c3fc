// The whole API in one process: every operation, every documented answer, every role.
#include "manager/api.h"

#include <gtest/gtest.h>

#include "base/testing/message_parts.h"
#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

class ApiTest : public ::testing::Test {
 protected:
  ~ApiTest() override { EXPECT_EQ(stage_.last_mismatch, ""); }
  // Makes it, and waits until the engine has it.
  void make(const std::string& plural, const std::string& name, const Json& spec) {
    const auto got = stage_.ask("PUT", "/api/v1/" + plural + "/" + name + "?wait=5", {{"spec", spec}});
    EXPECT_EQ(got.status, 201u) << to_line(got.body);
  }
  void make_function(const std::string& name) {
    make("targets", "array", target_spec());
    make("volumes", "disk", lun_volume("array"));
    make("functions", name, {{"volume", "disk"}});
  }
  void expect_refused(const ApiStage::Got& got, unsigned status, std::initializer_list<std::string_view> parts) {
    EXPECT_EQ(got.status, status) << to_line(got.body);
    EXPECT_TRUE(has_parts(text_at(got.body, "detail"), parts));
  }
  std::string state_of(const std::string& path) {
    return text_at(member(stage_.get("/api/v1/" + path).body, "status"), "state");
  }

  ApiStage stage_;
};

TEST_F(ApiTest, MakesATargetAVolumeAndAFunctionAndDeletesThem) {
  make_function("vm1");
  EXPECT_EQ(state_of("functions/vm1"), "serving");
  EXPECT_EQ(text_at(stage_.engine.thing("functions", "vm1"), "origin").size(), 32u + 2);
  const Json volume = stage_.get("/api/v1/volumes/disk").body;
  EXPECT_EQ(text_at(member(volume, "status"), "identity"), "naa.1");
  expect_refused(stage_.ask("DELETE", "/api/v1/targets/array"), 409, {"'array' was not deleted", "volume disk"});
  expect_refused(stage_.ask("DELETE", "/api/v1/volumes/disk"), 409, {"'disk' was not deleted", "function vm1"});
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/functions/vm1?wait=5").status, 204u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/volumes/disk").status, 204u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/targets/array?wait=5").status, 204u);
  EXPECT_TRUE(stage_.engine.thing("targets", "array").is_null());
  EXPECT_EQ(stage_.get("/api/v1/functions/vm1").status, 404u);
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/functions/vm1").status, 204u);  // also where it is not there
}

TEST_F(ApiTest, TakesTheSameSpecAgainAsTheSameThing) {
  const Json wish = {{"name", "m"}, {"spec", memory_volume()}};
  EXPECT_EQ(stage_.ask("POST", "/api/v1/volumes", wish).status, 201u);
  const auto again = stage_.ask("POST", "/api/v1/volumes", wish);
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(number_at(again.body, "generation"), 1u);
  EXPECT_EQ(stage_.ask("PUT", "/api/v1/volumes/m", {{"spec", memory_volume()}}).status, 200u);
  expect_refused(stage_.ask("POST", "/api/v1/volumes", {{"name", "m"}, {"spec", memory_volume(2 << 20)}}), 409,
                 {"'m' is there already", "PUT or PATCH"});
}

TEST_F(ApiTest, NamesTheFieldAndTheRemedy) {
  const auto refused = [&](const Json& body) { return stage_.ask("POST", "/api/v1/functions", body); };
  auto got = refused({{"name", "a"}, {"spec", {{"volume", "v"}, {"queues", 500}}}});
  expect_refused(got, 400, {"'spec.queues' is 500", "from 1 to 128"});
  EXPECT_EQ(text_at(got.body, "field"), "spec.queues");
  expect_refused(refused({{"name", "a"}, {"spec", {{"volume", "v"}, {"quques", 4}}}}), 400,
                 {"'spec.quques' is not known", "queues", "leave it out"});
  expect_refused(refused({{"name", "a b"}, {"spec", {{"volume", "v"}}}}), 400, {"'name' is 'a b'", "letter or digit"});
  expect_refused(refused({{"name", "a"}, {"spec", Json::object()}}), 400, {"'spec.volume' is missing"});
  expect_refused(refused({{"name", "a"}, {"spec", {{"volume", "v"}}}}), 409, {"names volume 'v'", "make it first"});
  expect_refused(stage_.get("/api/v1/functions?limit=0"), 400, {"'limit' is 0", "from 1 to 1000"});
  expect_refused(stage_.get("/api/v1/functions?colour=red"), 400, {"'colour'", "filter, sort, limit, continue"});
  expect_refused(stage_.get("/api/v1/fuctions"), 404, {"'/api/v1/fuctions'"});
  expect_refused(stage_.ask("PUT", "/api/v1/functions"), 405, {"GET, POST"});
}

TEST_F(ApiTest, RefusesBodiesThatAreNone) {
  const auto status_of = [&](const Sent& sent) { return stage_.send(sent).response.status; };
  EXPECT_EQ(status_of({"POST", "/api/v1/volumes", {}, {}, "{\"name\":"}), 400u);
  EXPECT_EQ(status_of({"POST", "/api/v1/volumes", {}, {{"content-type", "text/plain"}}, "x"}), 415u);
  EXPECT_EQ(status_of({"GET", "/api/v1/volumes", {}, {}, "{}"}), 400u);
  EXPECT_EQ(status_of({"POST", "/api/v1/volumes", {}, {}, "[1]"}), 400u);
}

TEST_F(ApiTest, PatchesWithItsCondition) {
  make_function("vm1");
  const std::string path = "/api/v1/functions/vm1?wait=5";
  const Json patch = {{"spec", {{"limits", {{"iops_max", 1000}}}}}};
  expect_refused(stage_.ask("PATCH", path, patch), 428, {"if-match", "ETag"});
  const std::string etag = stage_.get("/api/v1/functions/vm1").header("etag");
  const auto changed = stage_.ask("PATCH", path, patch, {{"if-match", etag}});
  EXPECT_EQ(changed.status, 200u) << to_line(changed.body);
  EXPECT_EQ(number_at(member(stage_.engine.thing("functions", "vm1"), "limits"), "iops_max"), 1000u);
  expect_refused(stage_.ask("PATCH", path, patch, {{"if-match", etag}}), 412, {etag, "read it again"});
  // Null takes a field back to its default.
  EXPECT_EQ(stage_.ask("PATCH", path, {{"spec", {{"limits", nullptr}}}}, kAnyway).status, 200u);
  EXPECT_TRUE(member(stage_.engine.thing("functions", "vm1"), "limits").empty());
  expect_refused(stage_.ask("PATCH", path, {{"spec", {{"volume", "other"}}}}, kAnyway), 409,
                 {"'spec.volume'", "does not change"});
}

TEST_F(ApiTest, DryRunsChangeNothing) {
  const Json volume = {{"name", "m"}, {"spec", memory_volume()}};
  EXPECT_EQ(stage_.ask("POST", "/api/v1/volumes?dry_run=true", volume).status, 200u);
  EXPECT_EQ(stage_.get("/api/v1/volumes/m").status, 404u);
  make("volumes", "m", memory_volume());
  EXPECT_EQ(stage_.ask("DELETE", "/api/v1/volumes/m?dry_run=true").status, 204u);
  const auto draft = stage_.ask("PATCH", "/api/v1/volumes/m?dry_run=true", {{"spec", {{"size_bytes", 4096}}}}, kAnyway);
  EXPECT_EQ(number_at(member(draft.body, "spec"), "size_bytes"), 4096u);
  EXPECT_EQ(number_at(member(stage_.get("/api/v1/volumes/m").body, "spec"), "size_bytes"), 1u << 20);
}

TEST_F(ApiTest, ListsFilterSortAndPage) {
  for (int i = 0; i < 5; ++i) make("volumes", "m" + std::to_string(i), memory_volume((i + 1) * 4096));
  const Json first = stage_.get("/api/v1/volumes?limit=2&sort=-spec.size_bytes").body;
  EXPECT_EQ(number_at(first, "total"), 5u);
  EXPECT_EQ(text_at(member(first, "items")[0], "name"), "m4");
  const auto next = stage_.get("/api/v1/volumes?limit=2&sort=-spec.size_bytes&continue=" + text_at(first, "continue"));
  EXPECT_EQ(text_at(member(next.body, "items")[0], "name"), "m2");
  EXPECT_EQ(number_at(stage_.get("/api/v1/volumes?filter=spec.size_bytes=8192").body, "total"), 1u);
  expect_refused(stage_.get("/api/v1/volumes?filter=colour=red"), 400, {"'filter' names 'colour'", "spec.*"});
}

TEST_F(ApiTest, SecretsAreNeverShownAgain) {
  Json spec = target_spec();
  spec["chap"] = {{"user", "host7"}, {"secret", "a-true-secret-42"}};
  make("targets", "array", spec);
  std::string all = to_line(stage_.get("/api/v1/targets").body) + to_line(stage_.get("/api/v1/audit").body);
  all += to_line(stage_.get("/api/v1/events").body) + to_line(stage_.get("/api/v1/tasks").body);
  EXPECT_EQ(all.find("a-true-secret-42"), std::string::npos);
  EXPECT_NE(all.find("\"secrets\":\"stored\""), std::string::npos);
  // The same again, without it: it stays.
  spec["chap"].erase("secret");
  EXPECT_EQ(stage_.ask("PUT", "/api/v1/targets/array", {{"spec", spec}}).status, 200u);
  spec["chap"]["user"] = "other";
  expect_refused(stage_.ask("PUT", "/api/v1/targets/array", {{"spec", spec}}), 400, {"spec.chap.secret", "missing"});
}

TEST_F(ApiTest, TasksWaitFailAndAreTakenBack) {
  stage_.engine.refuse("target.login",
                       Error{ErrorCode::unreachable, "Nobody answers at 127.0.0.1; check the address."});
  const auto failed = stage_.ask("PUT", "/api/v1/targets/array?wait=5", {{"spec", target_spec()}});
  expect_refused(failed, 409, {"Nobody answers", "check the address"});
  const Json task = stage_.get("/api/v1/tasks/" + text_at(failed.body, "task")).body;
  EXPECT_EQ(text_at(task, "state"), "failed");
  EXPECT_EQ(state_of("targets/array"), "failed");
  stage_.engine.refuse("target.login", std::nullopt);
  stage_.engine.set_down(true);
  const auto waiting = stage_.ask("PUT", "/api/v1/targets/b", {{"spec", target_spec("iqn.2026-11.io.example:b")}});
  EXPECT_EQ(waiting.status, 202u);
  const std::string id = waiting.header("location").substr(std::string("/api/v1/tasks/").size());
  EXPECT_EQ(text_at(stage_.ask("POST", "/api/v1/tasks/" + id + "/cancel").body, "state"), "cancelled");
  expect_refused(stage_.ask("POST", "/api/v1/tasks/" + id + "/cancel"), 409, {"has ended"});
  stage_.engine.set_down(false);
  stage_.settle();
  EXPECT_EQ(stage_.get("/api/v1/targets/b").status, 404u);
}

TEST_F(ApiTest, SaysThatTheEngineIsDownAndGoesOnWhenItIsBack) {
  make_function("vm1");
  stage_.engine.set_down(true);
  stage_.plane().reconciler().turn();
  EXPECT_EQ(state_of("functions/vm1"), "unknown");
  EXPECT_EQ(stage_.ask("PATCH", "/api/v1/functions/vm1", {{"spec", {{"limits", {{"iops_max", 9}}}}}}, kAnyway).status,
            202u);
  expect_refused(stage_.get("/api/v1/functions/vm1/stats"), 503, {"No engine answers"});
  stage_.engine.set_down(false);
  stage_.settle();
  EXPECT_EQ(state_of("functions/vm1"), "serving");
  EXPECT_EQ(number_at(member(stage_.engine.thing("functions", "vm1"), "limits"), "iops_max"), 9u);
}

TEST_F(ApiTest, AStoreThatFailsRefusesAndChangesNothing) {
  make("volumes", "m", memory_volume());
  stage_.store.fail_with(Error{ErrorCode::io, "The disk is full; free some space."});
  expect_refused(stage_.ask("PUT", "/api/v1/volumes/n", {{"spec", memory_volume()}}), 503, {"disk is full"});
  EXPECT_EQ(stage_.get("/api/v1/volumes/n").status, 404u);
  EXPECT_EQ(stage_.get("/api/v1/volumes/m").status, 200u);  // from memory
  stage_.store.fail_with(std::nullopt);
  stage_.is_pool_full = true;
  expect_refused(stage_.ask("PUT", "/api/v1/volumes/n", {{"spec", memory_volume()}}), 503, {"Too many requests"});
}

TEST_F(ApiTest, KeepsAnAuditOfChangesAndRefusals) {
  make("volumes", "m", memory_volume());
  (void)stage_.ask("PATCH", "/api/v1/volumes/m", {{"spec", {{"size_bytes", 700}}}}, kAnyway);
  const Json items = member(stage_.get("/api/v1/audit").body, "items");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_TRUE(has_parts(text_at(items[0], "result"), {"spec.size_bytes", "700"}));
  EXPECT_EQ(number_at(items[0], "revision"), 0u);
  EXPECT_EQ(text_at(items[1], "result"), "done");
  EXPECT_EQ(text_at(items[1], "who"), "uid 0");
  EXPECT_EQ(text_at(items[1], "operation"), "putVolume");
  stage_.restart();
  EXPECT_EQ(to_line(member(stage_.get("/api/v1/audit").body, "items")), to_line(items));
}

TEST_F(ApiTest, ShowsTheHostAndItsAdapters) {
  stage_.plane().reconciler().turn();
  stage_.plane().housekeeper().turn();
  const Json host = member(stage_.get("/api/v1/hosts").body, "items")[0];
  EXPECT_EQ(number_at(member(host, "status"), "memory_bytes"), 16384u);
  EXPECT_EQ(text_at(member(host, "status"), "boot_time"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(text_at(member(member(host, "status"), "engine"), "state"), "running");
  const Json adapter = member(stage_.get("/api/v1/adapters/eth0").body, "status");
  EXPECT_EQ(number_at(adapter, "speed_mbit"), 25000u);
  EXPECT_EQ(number_at(member(adapter, "sriov"), "enabled"), 8u);
  const Json tap = member(stage_.get("/api/v1/adapters/tap0").body, "status");
  EXPECT_TRUE(flag_at(tap, "is_virtual"));
  EXPECT_FALSE(tap.contains("speed_mbit"));
  EXPECT_EQ(stage_.get("/api/v1/adapters/lo").status, 404u);
}

}  // namespace
}  // namespace laneway
