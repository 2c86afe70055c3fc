#include <gtest/gtest.h>

#include <sstream>

#include "cli/difference.h"
#include "cli/document_view.h"
#include "cli/host_plan.h"
#include "cli/yaml_text.h"

namespace laneway {
namespace {

Json must_parse(const std::string& text) {
  Result<Json> value = parse_yaml(text, "test");
  EXPECT_TRUE(value.has_value()) << value.error().message;
  return value ? *value : Json();
}

std::string refusal_of(const std::string& text) {
  const Result<Json> value = parse_yaml(text, "host.yaml");
  EXPECT_FALSE(value.has_value());
  return value ? "" : value.error().message;
}

TEST(YamlText, GivesBackWhatItPrinted) {
  const Json document = {
      {"texts", {"plain", "", "true", "null", "12", "-3", "1.5", "yes", "a: b", "- x", "#no", "\"q\"", "it's", "ü\n"}},
      {"numbers", {0, -1, 9007199254740993}},
      {"nothing", nullptr},
      {"empty", {{"list", Json::array()}, {"map", Json::object()}}},
      {"nested", {{{"a", {1, {2, 3}}}, {"b", {{"c", true}}}}, Json::array({Json::array({"x"})})}},
      {"10.0.0.5:3260", "iqn.2026-11.org.example:a"}};
  const std::string text = to_yaml(document);
  EXPECT_EQ(must_parse(text), document) << text;
  EXPECT_NE(text.find("\n  - plain\n"), std::string::npos) << text;
}

TEST(YamlText, ReadsWhatPeopleWrite) {
  EXPECT_EQ(must_parse("volumes:\n  d: {kind: memory, size_bytes: 4096}\n"),
            (Json{{"volumes", {{"d", {{"kind", "memory"}, {"size_bytes", 4096}}}}}}));
  EXPECT_EQ(must_parse("{\"a\": [1, \"2\"]}"), (Json{{"a", {1, "2"}}}));
  EXPECT_EQ(must_parse("serial: '007'\nother: 007\n"), (Json{{"serial", "007"}, {"other", "007"}}));
  EXPECT_EQ(must_parse(""), Json());
}

TEST(YamlText, NamesTheLineOfWhatIsWrong) {
  EXPECT_NE(refusal_of("a: 1\nb: [1, 2\n").find("host.yaml, line "), std::string::npos);
  EXPECT_EQ(refusal_of("a: 1\na: 2\n"), "host.yaml, line 2: 'a' is there twice; keep one.");
  EXPECT_NE(refusal_of("? [x]\n: 1\n").find("a key is no text"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "[";
  EXPECT_NE(refusal_of(deep + std::string(40, ']')).find("too deep"), std::string::npos);
  // Aliases of aliases: a few lines that would be a billion values.
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    std::string list;
    for (int j = 0; j < 8; ++j) list += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
  }
  EXPECT_NE(refusal_of(laughs).find("too large"), std::string::npos);
}

TEST(Differences, NameEachField) {
  const Json before = {{"queues", 4}, {"limits", {{"iops_max", 100}}}, {"paths", {{{"target", "a"}}}}, {"gone", 1}};
  const Json after = {{"queues", 8}, {"limits", Json::object()}, {"paths", {{{"target", "a"}}, {{"target", "b"}}}}};
  std::ostringstream out;
  print_differences(differences(before, after), out);
  EXPECT_EQ(out.str(), "  - gone: 1\n  - limits.iops_max: 100\n  + paths[1].target: \"b\"\n  ~ queues: 4 -> 8\n");
  EXPECT_TRUE(differences(before, before).empty());
}

TEST(SpecSchemaTest, AddsDefaultsAndTakesThemAway) {
  const SpecSchema schema;
  for (const char* kind : {"function", "target", "policy", "volume", "user"}) {
    EXPECT_FALSE(schema.spec_of(kind).is_null()) << kind;
  }
  Json spec = {{"volume", "d"}, {"queues", 8}, {"cache", nullptr}};
  schema.fill_in(schema.spec_of("function"), spec);
  EXPECT_EQ(number_at(spec, "queue_size"), 256u);
  EXPECT_EQ(text_at(spec, "cache"), "writeback");
  schema.strip(schema.spec_of("function"), spec);
  EXPECT_EQ(spec, (Json{{"volume", "d"}, {"queues", 8}}));
  Json volume = {{"kind", "lun"}, {"paths", {{{"target", "t"}, {"lun", 1}}}}};
  const Json short_one = volume;
  schema.fill_in(schema.spec_of("volume"), volume);
  EXPECT_EQ(text_at(volume, "path_policy"), "queue-depth");
  EXPECT_FALSE(flag_at(volume["paths"][0], "preferred", true));
  schema.strip(schema.spec_of("volume"), volume);
  EXPECT_EQ(volume, short_one);
}

TEST(HostPlanTest, MakesInOrderAndPrunesOnlyWhatTheFilesKindsDoNotName) {
  const SpecSchema schema;
  const Result<HostFile> file = decode_host_file(
      "functions:\n  new: {volume: d}\n  same: {volume: e, queues: 4}\n  other: {volume: f, queues: 8}\n"
      "volumes:\n  d: {kind: memory, size_bytes: 4096}\n",
      "host.yaml");
  ASSERT_TRUE(file.has_value());
  const auto function = [&](const std::string& name, const std::string& volume) {
    Json spec = {{"volume", volume}};
    schema.fill_in(schema.spec_of("function"), spec);
    return Json{{"name", name}, {"revision", 7}, {"spec", spec}};
  };
  const std::map<std::string, Json> items = {
      {"functions", {function("same", "e"), function("other", "f"), function("strange", "g")}},
      {"volumes", {{{"name", "left"}, {"revision", 8}, {"spec", {{"kind", "null"}, {"size_bytes", 512}}}}}}};
  const HostPlan plan = plan_host(*file, items, schema, true);
  std::ostringstream out;
  print_plan(plan, out);
  EXPECT_EQ(out.str().substr(0, out.str().find('\n')), "- vf strange");
  std::string order;
  for (const HostStep& step : plan.steps) order += step.name + " ";
  EXPECT_EQ(order, "strange d new other left ");
  EXPECT_EQ(plan.steps[3].etag, "\"7\"");
  EXPECT_EQ(plan.steps[3].differences.size(), 1u);
  EXPECT_EQ(plan_host(*file, items, schema, false).steps.size(), 3u);
}

TEST(HostFileTest, SaysWhatIsWrongWithIt) {
  const auto refusal = [](const std::string& text) {
    const Result<HostFile> file = decode_host_file(text, "host.yaml");
    return file ? std::string() : file.error().message;
  };
  EXPECT_EQ(refusal("funktions: {}\n"),
            "host.yaml: 'funktions' is not known; give one of targets, policies, volumes, functions, users.");
  EXPECT_NE(refusal("- a\n").find("declares nothing"), std::string::npos);
  EXPECT_NE(refusal("functions: 5\n").find("functions is no list"), std::string::npos);
  EXPECT_NE(refusal("functions: {a: 5}\n").find("functions.a has no fields"), std::string::npos);
  EXPECT_NE(refusal("targets: {a: {chap: {user: u, secret_file: /no/such}}}\n").find("/no/such"), std::string::npos);
}

TEST(DocumentView, ShowsAListByItsNoun) {
  const Json items = {{{"name", "vm1"},
                       {"spec", {{"volume", "d"}, {"policy", ""}}},
                       {"status",
                        {{"state", "failed"},
                         {"reason", "No LUN; map it."},
                         {"attached", false},
                         {"driver_active", false},
                         {"capacity_bytes", uint64_t{10} << 30}}}}};
  std::ostringstream out;
  print_list(*find_noun("function"), items, false, out);
  EXPECT_EQ(out.str(),
            "NAME  STATE   HEALTH    SIZE  VOLUME  POLICY  ATTACHED  RUNNING\n"
            "vm1   failed  -       10 GiB  d       -       no        no\n"
            "\nvm1: No LUN; map it.\n");
}

TEST(DocumentView, TakesDocumentsOfAnyShape) {
  for (const Noun& noun : nouns()) {
    for (const Json& odd : {Json(), Json(5), Json("x"), Json{{"spec", 5}, {"status", {1, "a", nullptr}}},
                            Json{{"status", {{"luns", {{{"lun", 1}, {"x", {1}}}, {{"y", "z"}}}}}}}}) {
      std::ostringstream out;
      print_document(noun, odd, out);
      print_list(noun, Json::array({odd}), true, out);
    }
  }
}

}  // namespace
}  // namespace laneway
