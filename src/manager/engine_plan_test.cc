// What is wanted against what the engine has: each difference, and being killed between any two calls.
#include "manager/engine_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  void put(const std::string& path, const Json& spec) {
    const auto got = stage_.ask("PUT", "/api/v1/" + path, {{"spec", spec}});
    EXPECT_LT(got.status, 300u) << to_line(got.body);
  }
  void patch(const std::string& path, const Json& spec) {
    const auto got = stage_.ask("PATCH", "/api/v1/" + path, {{"spec", spec}}, kAnyway);
    EXPECT_LT(got.status, 300u) << to_line(got.body);
  }
  void make_lun_function() {
    put("targets/a", target_spec());
    put("targets/b", target_spec("iqn.2026-11.io.example:b"));
    put("volumes/v", lun_volume("a"));
    put("functions/f", {{"volume", "v"}});
    stage_.settle();
  }
  Json function() { return stage_.engine.thing("functions", "f"); }
  std::string reason_of(const std::string& path) {
    return text_at(member(stage_.get("/api/v1/" + path).body, "status"), "reason");
  }
  size_t count_calls(const std::string& method) {
    const std::vector<std::string> calls = stage_.engine.calls();
    return static_cast<size_t>(std::count(calls.begin(), calls.end(), method));
  }

  ApiStage stage_;
};

TEST_F(PlanTest, MakesWhatAFunctionNeedsFirstWhateverTheOrder) {
  make_lun_function();
  EXPECT_EQ(text_at(function(), "state"), "serving");
  EXPECT_EQ(number_at(stage_.get("/api/v1/functions/f").body["status"], "observed_generation"), 1u);
}

TEST_F(PlanTest, DoesNothingWhereAllIsAsWished) {
  make_lun_function();
  const size_t calls = stage_.engine.calls().size();
  stage_.settle();
  stage_.restart();
  stage_.settle();
  EXPECT_EQ(stage_.engine.calls().size(), calls);
}

TEST_F(PlanTest, ChangesPathsUnderTheGuest) {
  make_lun_function();
  patch("volumes/v", {{"paths", {{{"target", "a"}, {"lun", 1}}, {{"target", "b"}, {"lun", 1}, {"portal", "10.0.0.9"}}}},
                      {"path_policy", "failover"}});
  stage_.settle();
  EXPECT_EQ(member(function(), "paths").size(), 2u);
  EXPECT_EQ(text_at(function(), "path_policy"), "failover");
  patch("volumes/v", {{"paths", {{{"target", "b"}, {"lun", 1}, {"portal", "10.0.0.9"}}}}});
  stage_.settle();
  EXPECT_EQ(text_at(member(function(), "paths")[0], "target"), "b");
  EXPECT_EQ(count_calls("vf.create"), 1u);
}

TEST_F(PlanTest, MakesAFunctionAnewOnlyWhileNoGuestIsAttached) {
  make_lun_function();
  stage_.engine.set_member("functions", "f", "attached", true);
  patch("functions/f", {{"queues", 8}});
  stage_.settle();
  EXPECT_EQ(count_calls("vf.delete"), 0u);
  EXPECT_NE(reason_of("functions/f").find("detach"), std::string::npos);
  stage_.engine.set_member("functions", "f", "attached", false);
  stage_.settle();
  EXPECT_EQ(number_at(function(), "queues"), 8u);
}

TEST_F(PlanTest, PutsBackWhatWasChangedByHand) {
  make_lun_function();
  stage_.engine.set_member("functions", "f", "limits", {{"iops_max", 7}});
  stage_.settle();
  EXPECT_TRUE(member(function(), "limits").empty());
}

TEST_F(PlanTest, RefusesAnotherDiskBehindTheLun) {
  make_lun_function();
  patch("functions/f", {{"desired", "stopped"}});
  stage_.settle();
  auto held = stage_.plane().catalog().find(Kind::volume, "v");
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(text_at(held->notes, "identity"), "naa.1");
  held->notes["identity"] = "naa.2";  // as if the array had put naa.1 there since
  stage_.plane().catalog().put(*held);
  patch("functions/f", {{"desired", "serving"}});
  stage_.settle();
  EXPECT_TRUE(function().is_null());
  EXPECT_NE(reason_of("functions/f").find("naa.1"), std::string::npos);
}

TEST_F(PlanTest, StrangersAreLeftAlone) {
  stage_.settle();
  stage_.engine.put("functions", {{"name", "stranger"}, {"state", "serving"}, {"paths", Json::array()}});
  stage_.settle();
  EXPECT_FALSE(stage_.engine.thing("functions", "stranger").is_null());
  const Json events = stage_.get("/api/v1/events?filter=reason=not_managed").body["items"];
  EXPECT_EQ(events.size(), 1u);
}

TEST_F(PlanTest, AdoptsAllAtTheFirstStartAndOnce) {
  stage_.engine.put(
      "targets", {{"name", "a"}, {"iqn", "iqn.a:b"}, {"portal", "h:3260"}, {"chap_user", "u"}, {"functions", {"f"}}});
  stage_.engine.put("functions", {{"name", "f"},
                                  {"backend", "memory"},
                                  {"state", "serving"},
                                  {"capacity_bytes", 4096},
                                  {"block_bytes", 512},
                                  {"queues", 2},
                                  {"queue_size", 64},
                                  {"cache", "writeback"},
                                  {"deadline_s", 9},
                                  {"serial", "f"},
                                  {"read_only", false},
                                  {"limits", {{"iops_max", 5}}},
                                  {"group", ""},
                                  {"attached", true}});
  stage_.settle();
  EXPECT_EQ(text_at(stage_.get("/api/v1/targets/a").body["status"], "secrets"), "kept_by_engine");
  EXPECT_EQ(number_at(stage_.get("/api/v1/volumes/f").body["spec"], "size_bytes"), 4096u);
  EXPECT_EQ(number_at(stage_.get("/api/v1/functions/f").body["spec"], "queues"), 2u);
  const std::vector<std::string> calls = stage_.engine.calls();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "origin.set"), static_cast<std::ptrdiff_t>(calls.size()));
}

TEST_F(PlanTest, ARefusalWaitsLongerEachTimeAndANewSpecTriesAtOnce) {
  stage_.engine.refuse("target.login", Error{ErrorCode::refused, "It said no; ask it why."});
  put("targets/a", target_spec());
  stage_.settle();
  const Json events = stage_.get("/api/v1/events?filter=reason=refused").body["items"];
  EXPECT_EQ(events.size(), 1u);
  stage_.engine.refuse("target.login", std::nullopt);
  stage_.plane().reconciler().turn();
  EXPECT_TRUE(stage_.engine.thing("targets", "a").is_null());  // not yet
  patch("targets/a", {{"sessions_max", 3}});
  stage_.settle();
  EXPECT_EQ(number_at(stage_.engine.thing("targets", "a"), "sessions_max"), 3u);
}

// Random changes, with a new lanewayd and failing calls in between: in the end the engine has what is wanted.
TEST_F(PlanTest, GetsThereThroughRestartsAndFailuresAnywhere) {
  Random random(20261123);
  put("targets/a", target_spec());
  for (int i = 0; i < 4; ++i) put("volumes/v" + std::to_string(i), lun_volume("a", i + 1));
  for (int round = 0; round < 150; ++round) {
    const std::string name = std::to_string(random.below(4));
    const std::string path = "/api/v1/functions/f" + name;
    if (random.one_in(3)) {
      (void)stage_.ask("DELETE", path);
    } else {
      (void)stage_.ask("PUT", path, {{"spec", {{"volume", "v" + name}, {"queues", 1 + random.below(3)}}}});
    }
    if (random.one_in(4)) stage_.engine.set_down(random.one_in(2));
    if (random.one_in(3)) stage_.plane().reconciler().turn();
    if (random.one_in(6)) stage_.restart();
  }
  stage_.engine.set_down(false);
  stage_.settle();
  for (int i = 0; i < 4; ++i) {
    const auto wanted = stage_.get("/api/v1/functions/f" + std::to_string(i));
    const Json has = stage_.engine.thing("functions", "f" + std::to_string(i));
    EXPECT_EQ(wanted.status == 404, has.is_null()) << i;
    if (has.is_null()) continue;
    EXPECT_EQ(member(wanted.body["spec"], "queues"), member(has, "queues"));
  }
}

TEST_F(PlanTest, AStreamGoesOnWhereItWasAndBeginsAnewWhereThatIsGone) {
  NewsFeed& news = stage_.plane().news();
  std::string wire;
  const auto first = news.watch("", Role::viewer);
  put("volumes/m", memory_volume());
  EXPECT_TRUE(first->take(wire));
  EXPECT_NE(wire.find("event: put\n"), std::string::npos);
  const std::string id = wire.substr(4, wire.find('\n') - 4);
  EXPECT_EQ(stage_.ask("PUT", "/api/v1/users/anna", {{"spec", {{"role", "viewer"}}}}).status, 201u);
  put("volumes/n", memory_volume());
  wire.clear();
  (void)news.watch(id, Role::viewer)->take(wire);
  EXPECT_NE(wire.find("\"n\""), std::string::npos);
  EXPECT_EQ(wire.find("anna"), std::string::npos);  // accounts are for administrators
  wire.clear();
  (void)news.watch(id, Role::administrator)->take(wire);
  EXPECT_NE(wire.find("anna"), std::string::npos);
  for (const std::string& stale : {std::string("0-1"), std::string("x"), id + "999999"}) {
    wire.clear();
    (void)news.watch(stale, Role::viewer)->take(wire);
    EXPECT_NE(wire.find("event: reset\n"), std::string::npos) << stale;
  }
}

}  // namespace
}  // namespace laneway
