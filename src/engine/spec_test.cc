#include <gtest/gtest.h>

#include "engine/desired_state.h"
#include "engine/initiator_name.h"
#include "engine/names.h"
#include "engine/sentence.h"
#include "rpc/testing/message_parts.h"
#include "rpc/testing/temp_dir.h"

namespace laneway {
namespace {

Json memory_params() { return {{"name", "vm1"}, {"backend", "memory"}, {"capacity_bytes", 1 << 20}}; }

void expect_refused(const Json& params, std::initializer_list<std::string_view> parts) {
  const Result<FunctionSpec> spec = decode_function_spec(params, "vf.create", SpecSource::operator_call);
  ASSERT_FALSE(spec.has_value()) << to_line(params);
  EXPECT_EQ(spec.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(has_parts(spec.error().message, parts));
}

void expect_refused_with(const char* key, const Json& value, std::initializer_list<std::string_view> parts) {
  Json params = memory_params();
  params[key] = value;
  expect_refused(params, parts);
}

TEST(Names, AreShortAndOfPlainCharacters) {
  for (const char* good : {"a", "vm1", "web.db_1-2", "0"}) EXPECT_TRUE(check_function_name(good).has_value()) << good;
  for (const char* bad : {"", "-a", ".a", "_a", "a/b", "a b", "a:b", "../x", "ä", "a\n"}) {
    const Result<void> refused = check_function_name(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_TRUE(has_parts(refused.error().message, {"Function name"}));
  }
  EXPECT_TRUE(check_function_name(std::string(64, 'a')).has_value());
  EXPECT_FALSE(check_function_name(std::string(65, 'a')).has_value());
  EXPECT_TRUE(check_target_name("iqn.2026-11.io.example:a").has_value());
  EXPECT_FALSE(check_target_name("a/b").has_value());
  for (const char* good : {"iqn.2026-11.io.example:a", "eui.0025385B", "naa.6001"}) EXPECT_TRUE(check_iscsi_name(good));
  for (const char* bad : {"", "iqn.", "IQN.2026-11.io:a", "iqn.2026-11.io:A", "iqn.a b", "foo"}) {
    EXPECT_FALSE(check_iscsi_name(bad).has_value()) << bad;
  }
}

TEST(FunctionSpec, HasDefaults) {
  const Result<FunctionSpec> spec = decode_function_spec(memory_params(), "vf.create", SpecSource::operator_call);
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->queues, 4u);
  EXPECT_EQ(spec->queue_size, 256u);
  EXPECT_EQ(spec->deadline_s, 180u);
  EXPECT_EQ(spec->cache, CacheMode::writeback);
  EXPECT_EQ(serial_of(*spec), "vm1");
}

TEST(FunctionSpec, RefusesEachWrongFieldByName) {
  expect_refused(Json{{"name", "vm1"}}, {"'backend'", "missing", "memory, null, file, iscsi"});
  expect_refused_with("backend", "tape", {"'backend'", "'tape'", "memory, null, file, iscsi"});
  expect_refused_with("capacity_bytes", nullptr, {"'capacity_bytes'", "missing"});
  expect_refused_with("capacity_bytes", 0, {"'capacity_bytes'", "is 0"});
  expect_refused_with("capacity_bytes", 513, {"'capacity_bytes'", "513", "512-byte sector", "round it to 1024"});
  expect_refused_with("block_bytes", 1024, {"'block_bytes'", "1024", "512 or 4096"});
  expect_refused_with("queues", 129, {"'queues'", "129", "1 to 128"});
  expect_refused_with("queue_size", 2048, {"'queue_size'", "2048", "4 to 1024"});
  expect_refused_with("queue_size", 48, {"'queue_size'", "48", "power of two"});
  expect_refused_with("serial", std::string(21, 'x'), {"'serial'", "21 bytes", "at most 20"});
  expect_refused_with("cache", "none", {"'cache'", "'none'", "writeback, writethrough"});
  expect_refused_with("deadline_s", 86401, {"'deadline_s'", "is 86401"});
  expect_refused_with("socket_path", "s.sock", {"'socket_path'", "relative", "begin with '/'"});
  expect_refused_with("path", "/x", {"'path'", "not known"});  // of another kind of disk
  expect_refused_with("lun_facts", Json::object(), {"'lun_facts'", "not known"});
  expect_refused_with("name", "a b", {"'a b'", "malformed"});
  expect_refused(Json{{"name", "v"}, {"backend", "file"}}, {"'path'", "missing"});
  expect_refused(Json{{"name", "v"}, {"backend", "file"}, {"path", "x"}}, {"'path'", "relative"});
  expect_refused(Json{{"name", "v"}, {"backend", "iscsi"}, {"lun", 1}}, {"'target'", "missing"});
  expect_refused(Json{{"name", "v"}, {"backend", "iscsi"}, {"target", "t"}}, {"'lun'", "missing"});
  expect_refused(Json{{"name", "v"}, {"backend", "iscsi"}, {"target", "t"}, {"lun", 20000}},
                 {"'lun'", "20000", "0 to 16383"});
}

Json target_params() { return {{"iqn", "iqn.2026-11.io.example:a"}, {"portal", "[fe80::1]:3261"}}; }

void expect_target_refused_with(const char* key, const Json& value, std::initializer_list<std::string_view> parts) {
  Json params = target_params();
  params[key] = value;
  const Result<TargetSpec> spec = decode_target_spec(params, "target.login");
  ASSERT_FALSE(spec.has_value()) << to_line(params);
  EXPECT_TRUE(has_parts(sentence(spec.error().message), parts));
}

TEST(TargetSpec, IsNamedAfterItsIqnByDefault) {
  const Result<TargetSpec> spec = decode_target_spec(target_params(), "target.login");
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_EQ(spec->name, spec->iqn);
  EXPECT_EQ(spec->portal, (IscsiPortal{"fe80::1", 3261}));
}

TEST(TargetSpec, RefusesEachWrongFieldByName) {
  expect_target_refused_with("iqn", "foo", {"'foo'", "no iSCSI name"});
  expect_target_refused_with("name", "a b", {"'a b'", "malformed"});
  expect_target_refused_with("portal", "", {"'portal'", "missing"});
  expect_target_refused_with("portal", "h:0", {"h:0", "1 to 65535"});
  expect_target_refused_with("chap", Json{{"user", "u"}}, {"'chap'", "'secret'", "missing"});
  expect_target_refused_with("chap", Json{{"user", "u"}, {"secret", std::string(256, 's')}}, {"'secret'", "255"});
  expect_target_refused_with("mutual_chap", Json{{"user", "u"}, {"secret", "s"}}, {"'mutual_chap'", "without chap"});
  expect_target_refused_with("chap_algorithms", Json{"md4"}, {"'chap_algorithms'", "'md4'", "md5, sha1 or sha256"});
  expect_target_refused_with("header_digest", "md5", {"'header_digest'", "none, crc32c"});
  expect_target_refused_with("login_timeout_s", 101, {"'login_timeout_s'", "101", "1 to 100"});
  expect_target_refused_with("noop_timeout_s", 0, {"'noop_timeout_s'", "is 0"});
}

TEST(TargetSpec, RefusesTheSameSecretInBothDirections) {
  Json params = target_params();
  params["chap"] = {{"user", "u"}, {"secret", "same"}};
  params["mutual_chap"] = {{"user", "v"}, {"secret", "same"}};
  EXPECT_TRUE(has_parts(decode_target_spec(params, "target.login").error().message, {"same secret", "different"}));
}

TEST(TargetSpec, GivesItsSecretsOnlyToTheStateFile) {
  Json params = target_params();
  params["chap"] = {{"user", "u"}, {"secret", "hush-one"}};
  params["mutual_chap"] = {{"user", "v"}, {"secret", "hush-two"}};
  const TargetSpec spec = *decode_target_spec(params, "target.login");
  const std::string open = to_line(encode_target_spec(spec, Secrets::leave_out));
  EXPECT_EQ(open.find("hush"), std::string::npos);
  EXPECT_NE(open.find("\"chap_user\":\"u\""), std::string::npos);
  const Result<TargetSpec> again = decode_target_spec(encode_target_spec(spec, Secrets::include), "targets[0]");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->mutual_chap.secret, "hush-two");
}

TEST(DesiredState, IsTheSameAfterWritingAndReading) {
  DesiredState state;
  state.generated_initiator_name = "iqn.2026-11.io.laneway:host-1";
  state.put(*decode_target_spec(target_params(), "t"));
  FunctionSpec function;
  function.name = "vm1";
  function.disk = DiskKind::iscsi;
  function.paths = {{.target = state.targets[0].name, .portal = {}}};
  function.lun_facts = LunFacts{.lun = 1,
                                .identity = "naa.6",
                                .vendor = "V",
                                .product = "P",
                                .serial = "S",
                                .physical_block_bytes = 4096,
                                .limits = {.block_bytes = 4096, .capacity_bytes = 1 << 20}};
  state.put(function);
  const std::string text = encode_desired_state(state);
  const Result<DesiredState> again = decode_desired_state(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(encode_desired_state(*again), text);
  EXPECT_EQ(again->functions()[0].lun_facts->limits.block_bytes, 4096u);
}

TEST(DesiredState, KeepsPathsAndLoadsFilesFromBeforeThem) {
  DesiredState state;
  state.put(*decode_target_spec(target_params(), "t"));
  const std::string target = state.targets[0].name;
  FunctionSpec function;
  function.name = "vm1";
  function.disk = DiskKind::iscsi;
  function.paths = {{.target = target, .lun = 3, .portal = {}}};
  Json one = encode_function_spec(function);
  EXPECT_EQ(number_at(one, "lun"), 3u) << "as an engine reads it that knows one path";
  EXPECT_FALSE(one.contains("paths"));
  const Result<FunctionSpec> old = decode_function_spec(one, "f", SpecSource::state_file);
  ASSERT_TRUE(old.has_value()) << old.error().message;
  EXPECT_TRUE(old->paths.at(0).is_same_place(function.paths[0]));

  function.paths.push_back({.id = 4, .target = target, .lun = 3, .portal = IscsiPortal{"10.0.0.2", 3261}});
  function.paths[1].is_preferred = function.paths[1].is_out = true;
  function.path_rules = {PathPolicy::service_time, 30, true};
  state.put(function);
  const Result<DesiredState> again = decode_desired_state(encode_desired_state(state));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(encode_desired_state(*again), encode_desired_state(state));
  const PathSpec& second = again->functions()[0].paths.at(1);
  EXPECT_TRUE(second.id == 4 && second.is_preferred && second.is_out && second.is_same_place(function.paths[1]));
  EXPECT_EQ(again->functions()[0].path_rules, function.path_rules);

  function.paths[1].target = "gone";
  state.put(function);
  EXPECT_FALSE(decode_desired_state(encode_desired_state(state)).has_value());
}

TEST(FunctionSpec, RefusesPathsThatAreThereTwice) {
  Json params = {{"name", "vm1"}, {"backend", "iscsi"}};
  const Json path = {{"target", "a"}, {"lun", 1}};
  params["paths"] = {path, path};
  const Result<FunctionSpec> spec = decode_function_spec(params, "vf.create", SpecSource::operator_call);
  ASSERT_FALSE(spec.has_value());
  EXPECT_TRUE(has_parts(spec.error().message, {"'paths'", "twice"})) << spec.error().message;
}

TEST(DesiredState, KeepsLimitsAndGroupsAndLoadsFilesFromBeforeThem) {
  DesiredState state;
  EXPECT_EQ(encode_desired_state(state).find("groups"), std::string::npos);
  EXPECT_TRUE(decode_desired_state(encode_desired_state(state)).has_value());
  GroupSpec group{"gold", decode_limit_change({{"iops_max", 1000}}, "g")->applied_to({}), {}};
  state.put(group);
  Json params = memory_params();
  params["group"] = "gold";
  params["limits"] = {{"iops_max", 100}, {"iops_min", 50}};
  state.put(*decode_function_spec(params, "f", SpecSource::state_file));
  const std::string text = encode_desired_state(state);
  const Result<DesiredState> again = decode_desired_state(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(encode_desired_state(*again), text);
  EXPECT_EQ(again->functions()[0].limits.iops_min, 50u);
  state.remove_group("gold");
  const Result<DesiredState> contradictory = decode_desired_state(encode_desired_state(state));
  ASSERT_FALSE(contradictory.has_value());
  EXPECT_EQ(contradictory.error().message, "function 'vm1' is in group 'gold', which is not there");
}

TEST(InitiatorName, IsTheOneOnTheCommandLineElseTheHostsElseOneThatIsKept) {
  const TempDir dir;
  auto store = std::move(*StateStore::open(dir.at("engine.json"), std::make_unique<FileSteps>()));
  EXPECT_EQ(*choose_initiator_name("iqn.2026-11.io.example:x", *store), "iqn.2026-11.io.example:x");
  const std::string made = *choose_initiator_name(initiator_name_of_host(dir.at("none")), *store);
  EXPECT_TRUE(made.starts_with("iqn.2026-11.io.laneway:host-"));
  EXPECT_EQ(*choose_initiator_name(initiator_name_of_host(dir.at("none")), *store), made);
}

TEST(InitiatorName, IsReadFromTheHostsFile) {
  EXPECT_EQ(initiator_name_in("## comment\n  InitiatorName=iqn.2026-11.io.example:h  \r\n"),
            "iqn.2026-11.io.example:h");
  EXPECT_EQ(initiator_name_in("#InitiatorName=iqn.x\n"), "");
  EXPECT_EQ(initiator_name_in(""), "");
}

TEST(Sentence, BeginsAndEndsAsOneAndKeepsNames) {
  EXPECT_EQ(sentence("target x: refused; look"), "Target x: refused; look.");
  EXPECT_EQ(sentence("iqn.2026:x is gone"), "iqn.2026:x is gone.");
  EXPECT_EQ(sentence("vf.create: field"), "vf.create: field.");
  EXPECT_EQ(clause("There is no target."), "there is no target.");
  EXPECT_EQ(clause("LUN 1 is gone."), "LUN 1 is gone.");
  EXPECT_EQ(clause("/x is gone"), "/x is gone.");
  EXPECT_EQ(with_remedy("gone.", "look"), "gone; look");
  EXPECT_EQ(with_remedy("gone; wait", "look"), "gone; wait");
  EXPECT_EQ(sentence(""), "");
}

TEST(Origin, IsKeptWithWhatItIsOf) {
  const Json function = {{"name", "vm1"}, {"backend", "null"}, {"capacity_bytes", 4096}, {"origin", "0af3/7"}};
  const Result<FunctionSpec> made = decode_function_spec(function, "vf.create", SpecSource::operator_call);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(text_at(encode_function_spec(*made), "origin"), "0af3/7");
  const Result<GroupSpec> group = decode_group_spec({{"name", "gold"}, {"origin", "0af3/8"}}, "group.create");
  ASSERT_TRUE(group.has_value());
  EXPECT_EQ(text_at(encode_group_spec(*group), "origin"), "0af3/8");
  const Json target = {{"iqn", "iqn.2026-11.io.example:a"}, {"portal", "127.0.0.1"}, {"origin", "0af3/9"}};
  const Result<TargetSpec> login = decode_target_spec(target, "target.login");
  ASSERT_TRUE(login.has_value());
  EXPECT_EQ(text_at(encode_target_spec(*login, Secrets::include), "origin"), "0af3/9");
  // Files of engines that know no origins stay as they are.
  EXPECT_FALSE(encode_target_spec(TargetSpec(), Secrets::include).contains("origin"));
}

TEST(Origin, IsRefusedWhereItCouldNotBeShown) {
  for (const std::string& origin : {std::string(129, 'x'), std::string("a b"), std::string("a\nb")}) {
    const Json group = {{"name", "gold"}, {"origin", origin}};
    const Result<GroupSpec> refused = decode_group_spec(group, "group.create");
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(has_parts(refused.error().message, {"'origin'"}));
  }
}

}  // namespace
}  // namespace laneway
