// Targets and functions on their LUNs, with a real tgtd.
#include <gtest/gtest.h>

#include <filesystem>

#include "stage.h"

namespace laneway {
namespace {

class TargetE2e : public Stage {
 protected:
  void SetUp() override {
    if (!Tgtd::is_installed()) GTEST_SKIP() << "tgtd is not installed";
    ASSERT_TRUE(tgtd_.start(dir_)) << content_of(dir_.at("tgtd.log"));
    start_engine();
  }
  Arguments login(const std::string& iqn, const std::string& name, const Arguments& more = {}) const {
    Arguments arguments = {"target", "login", iqn, "--portal", tgtd_.portal(), "--name", name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void expect_no_targets() const { EXPECT_EQ(member(laneway_json({"target", "list"}), "targets").size(), 0u); }

  Tgtd tgtd_;
};

TEST_F(TargetE2e, DiscoversLogsInAndServesALun) {
  const Json found = laneway_json({"target", "discover", tgtd_.portal()});
  ASSERT_EQ(member(found, "targets").size(), 2u);
  const Json target = laneway_json(login(Tgtd::kOpen, "array"));
  ASSERT_EQ(member(target, "luns").size(), 1u);
  EXPECT_EQ(number_at(member(target, "luns")[0], "capacity_bytes"), uint64_t{64} << 20);
  EXPECT_FALSE(text_at(member(target, "luns")[0], "identity").empty());
  const Json function = laneway_json({"vf", "create", "vm1", "--target", "array", "--lun", "1"});
  EXPECT_EQ(text_at(function, "state"), "serving");
  EXPECT_EQ(text_at(function, "identity"), text_at(member(target, "luns")[0], "identity"));
  EXPECT_EQ(text_at(member(laneway_json({"target", "show", "array"}), "luns")[0], "function"), "vm1");
}

TEST_F(TargetE2e, RefusesWrongSecretsMissingSecretsAndUnknownTargets) {
  const std::string wrong = write_file("wrong", "not-the-true-secret\n");
  expect_refused(login(Tgtd::kClosed, "array", {"--chap-user", Tgtd::kUser, "--chap-secret-file", wrong}),
                 {Tgtd::kClosed, tgtd_.portal(), "authentication failed", "check the CHAP user and secret"});
  expect_refused(login(Tgtd::kClosed, "array"), {Tgtd::kClosed, "demands authentication", "give the CHAP user"});
  expect_refused(login("iqn.2026-11.io.example:none", "array"), {"example:none", "no such target", "target discover"});
  expect_refused(login("not-an-iqn", "array"), {"'not-an-iqn'", "no iSCSI name", "give one such as iqn."});
  expect_refused(login(Tgtd::kOpen, "a b"), {"Target name 'a b'", "malformed", "letters, digits"});
  expect_no_targets();
  EXPECT_EQ(content_of(dir_.at("s/engine.json")).find("secret"), std::string::npos);
}

TEST_F(TargetE2e, KeepsSecretsOutOfAnswersLogsAndProcessLists) {
  const std::string right = write_file("right", std::string(Tgtd::kSecret) + "\n", 0644);
  const Outcome outcome =
      laneway(login(Tgtd::kClosed, "array", {"--chap-user", Tgtd::kUser, "--chap-secret-file", right}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("chmod 600"), std::string::npos);
  for (const Arguments& question : {Arguments{"target", "show", "array"}, Arguments{"target", "list"}}) {
    EXPECT_EQ(to_line(laneway_json(question)).find(Tgtd::kSecret), std::string::npos);
  }
  EXPECT_EQ(log().find(Tgtd::kSecret), std::string::npos);
  EXPECT_NE(content_of(dir_.at("s/engine.json")).find(Tgtd::kSecret), std::string::npos);
  EXPECT_EQ(std::filesystem::status(dir_.at("s/engine.json")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(stop_engine(), 0);
  start_engine();
  expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "1"});  // with the secret from the state file
}

TEST_F(TargetE2e, RefusesPortalsThatNobodyServes) {
  const std::string nobody = "127.0.0.1:" + std::to_string(free_port());
  expect_refused({"target", "discover", nobody}, {nobody, "Connection refused", "check the address and port"});
  expect_refused({"target", "login", Tgtd::kOpen, "--portal", nobody},
                 {Tgtd::kOpen, nobody, "Connection refused", "check the address"});
  expect_refused({"target", "discover", "no.such.host.invalid"}, {"no.such.host.invalid", "check the name"});
  expect_refused({"target", "discover", "host:70000"}, {"host:70000", "give a number from 1 to 65535"});
  expect_no_targets();
}

TEST_F(TargetE2e, RefusesLunsThatAreNotThereOrInUse) {
  expect_done(login(Tgtd::kOpen, "array"));
  expect_refused({"vf", "create", "vm1", "--target", "array", "--lun", "7"},
                 {"'vm1' was not created", "'array'", "no LUN 7", "choose one"});
  expect_refused({"vf", "create", "vm1", "--target", "array"}, {"--target needs --lun"}, 2);
  expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "1"});
  expect_refused({"vf", "create", "vm2", "--target", "array", "--lun", "1"},
                 {"'vm2' was not created", "LUN 1", "in use by function 'vm1'", "choose another LUN"});
  expect_refused({"target", "logout", "array"}, {"'array' was not forgotten", "in use by function vm1", "delete"});
  expect_refused(login(Tgtd::kOpen, "array"), {"'array' is taken", "--name"});
  expect_refused(login(Tgtd::kOpen, "again"), {Tgtd::kOpen, "remembered as 'array'", "use that"});
  expect_done({"vf", "delete", "vm1"});
  expect_done({"target", "logout", "array"});
  expect_no_targets();
}

TEST_F(TargetE2e, ServesAFunctionWhoseTargetIsDownAtTheStart) {
  expect_done(login(Tgtd::kOpen, "array"));
  const Json before = laneway_json({"vf", "create", "vm1", "--target", "array", "--lun", "1"});
  EXPECT_EQ(stop_engine(), 0);
  EXPECT_EQ(tgtd_.admin({"--lld", "iscsi", "--op", "delete", "--mode", "target", "--tid", "1", "--force"}).exit_code,
            0);
  start_engine();
  const Json after = laneway_json({"vf", "show", "vm1"});
  EXPECT_EQ(text_at(after, "state"), "serving");
  EXPECT_EQ(number_at(after, "capacity_bytes"), number_at(before, "capacity_bytes"));
  EXPECT_EQ(text_at(after, "identity"), text_at(before, "identity"));
  const Json shown = laneway_json({"target", "show", "array"});
  EXPECT_TRUE(has_parts(text_at(shown, "luns_error"), {"no such target"}));
  expect_refused({"vf", "resize", "vm1"}, {"'vm1' was not resized", "no such target"});
}

}  // namespace
}  // namespace laneway
