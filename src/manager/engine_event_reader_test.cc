#include <gtest/gtest.h>

#include "manager/testing/api_stage.h"

namespace laneway {
namespace {

class EngineEventsTest : public ::testing::Test {
 protected:
  static Json event(uint64_t number, const std::string& text) {
    return {{"number", number},      {"ago_ns", 5 * kSecond}, {"kind", "path-failed"},
            {"severity", "warning"}, {"function", "vm1"},     {"text", text}};
  }
  // What lanewayd tells of the engine's events, the oldest first.
  std::string told() {
    stage_.plane().reconciler().turn();
    stage_.plane().reconciler().turn();
    std::string all;
    const Json items = member(stage_.get("/api/v1/events?filter=reason=path_failed").body, "items");
    for (auto it = items.rbegin(); it != items.rend(); ++it) all += text_at(*it, "text") + " ";
    return all;
  }

  ApiStage stage_;
};

TEST_F(EngineEventsTest, AreToldOnceWithTheirTimeAndSubject) {
  stage_.engine.set_events(7, Json::array({event(1, "one")}));
  EXPECT_EQ(told(), "one ");
  stage_.engine.set_events(7, Json::array({event(1, "one"), event(2, "two")}));
  EXPECT_EQ(told(), "one two ");
  const Json first = member(stage_.get("/api/v1/events?filter=text=one").body, "items")[0];
  EXPECT_EQ(first["subject"], (Json{{"kind", "function"}, {"name", "vm1"}}));
  EXPECT_EQ(text_at(first, "severity"), "warning");
  EXPECT_EQ(text_at(first, "time"), utc_text(stage_.wall_clock.now - 5'000));
}

TEST_F(EngineEventsTest, AreNotToldAgainAfterARestartOfLanewayd) {
  stage_.engine.set_events(7, Json::array({event(1, "one")}));
  EXPECT_EQ(told(), "one ");
  stage_.plane().housekeeper().turn();  // into the store
  stage_.restart();
  stage_.engine.set_events(7, Json::array({event(1, "one"), event(2, "two")}));
  EXPECT_EQ(told(), "one two ");
}

TEST_F(EngineEventsTest, OfAnotherEngineAreReadFromTheirBeginning) {
  stage_.engine.set_events(7, Json::array({event(1, "one"), event(2, "two")}));
  EXPECT_EQ(told(), "one two ");
  stage_.engine.set_events(8, Json::array({event(1, "new")}));
  EXPECT_EQ(told(), "one two new ");
}

TEST_F(EngineEventsTest, OfAnEngineThatRefusesAreReadLater) {
  stage_.engine.set_events(7, Json::array({event(1, "one")}));
  stage_.engine.refuse("events.list", Error{ErrorCode::refused, "Not now."});
  EXPECT_EQ(told(), "");
  stage_.engine.refuse("events.list", std::nullopt);
  EXPECT_EQ(told(), "one ");
}

}  // namespace
}  // namespace laneway
