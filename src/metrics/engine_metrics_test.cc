#include "metrics/engine_metrics.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return text.starts_with(line + "\n") || text.find("\n" + line + "\n") != std::string::npos;
}

Json function(const std::string& name, uint64_t samples) {
  const Json stage = {{"count", samples}, {"total_ns", samples * 20'000}, {"up_to", {samples / 2, samples}}};
  return {{"name", name},
          {"reads", 7},
          {"read_bytes", 28672},
          {"errors", 1},
          {"held_ns", 1'500'000'000},
          {"in_flight", 3},
          {"stage_bounds_ns", {10'000, 30'000}},
          {"stages", {{"target", stage}}}};
}

std::string text_of(const Json& functions) {
  MetricFamilies families;
  add_function_metrics(functions, families);
  return families.text();
}

TEST(EngineMetrics, FiguresHaveBaseUnitsAndTheFunctionsName) {
  const std::string text = text_of(Json::array({function("vm1", 0)}));
  EXPECT_TRUE(has_line(text, "laneway_function_operations_total{function=\"vm1\",operation=\"read\"} 7")) << text;
  EXPECT_TRUE(has_line(text, "laneway_function_bytes_total{function=\"vm1\",operation=\"read\"} 28672")) << text;
  EXPECT_TRUE(has_line(text, "laneway_function_throttled_seconds_total{function=\"vm1\"} 1.5")) << text;
  EXPECT_TRUE(has_line(text, "laneway_function_in_flight{function=\"vm1\"} 3")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE laneway_function_errors_total counter")) << text;
}

TEST(EngineMetrics, StagesAreSumsOfAFunctionAndHistogramsOfAll) {
  const std::string text = text_of(Json::array({function("vm1", 4), function("vm2", 2)}));
  EXPECT_TRUE(has_line(text, "laneway_function_stage_samples_total{function=\"vm2\",stage=\"target\"} 2")) << text;
  EXPECT_TRUE(has_line(text, "laneway_stage_seconds_count{stage=\"target\"} 6")) << text;
  EXPECT_TRUE(has_line(text, "laneway_stage_seconds_bucket{stage=\"target\",le=\"+Inf\"} 6")) << text;
  EXPECT_NE(text.find("laneway_stage_seconds_bucket{stage=\"target\",le=\"1e-05\"} 3"), std::string::npos) << text;
  EXPECT_EQ(text.find("laneway_stage_seconds_bucket{function"), std::string::npos) << text;
}

TEST(EngineMetrics, CountersBeyondThirtyTwoBitsKeepTheirDigits) {
  Json large = function("vm1", 0);
  large["read_bytes"] = 9'007'199'254'740'992u;  // the largest run of whole numbers that a double has
  EXPECT_TRUE(has_line(text_of(Json::array({large})),
                       "laneway_function_bytes_total{function=\"vm1\",operation=\"read\"} "
                       "9007199254740992"));
}

TEST(EngineMetrics, PathsAndStatesAreSaid) {
  const Json sessions = Json::array({Json{{"logins", 2}, {"reconnects", 1}}, Json{{"logins", 1}, {"reconnects", 0}}});
  const Json path = {{"path", 0}, {"target", "array \"a\""}, {"state", "standby"}, {"sessions", sessions}};
  const Json sick = {{"state", "degraded"}};
  MetricFamilies families;
  const Json function = {{"name", "vm1"}, {"state", "serving"}, {"health", sick}, {"paths", Json::array({path})}};
  add_function_states(Json::array({function}), families);
  const std::string text = families.text();
  const std::string labels = R"({function="vm1",path="0",target="array \"a\""})";
  EXPECT_TRUE(has_line(text, "laneway_path_usable" + labels + " 1")) << text;
  EXPECT_TRUE(has_line(text, "laneway_path_logins_total" + labels + " 3")) << text;
  EXPECT_TRUE(has_line(text, "laneway_function_healthy{function=\"vm1\"} 0")) << text;
  EXPECT_TRUE(has_line(text, "laneway_function_serving{function=\"vm1\"} 1")) << text;
}

TEST(EngineMetrics, AnAnswerOfAnotherVersionIsReadAsFarAsItGoes) {
  MetricFamilies families;
  add_engine_metrics({{"version", "9"}}, families);
  add_function_states(Json(), families);
  add_function_metrics(Json::array({Json{{"name", 5}, {"stages", "none"}}}), families);
  EXPECT_TRUE(has_line(families.text(), "laneway_engine_info{version=\"9\",keeper=\"\"} 1")) << families.text();
}

}  // namespace
}  // namespace laneway
