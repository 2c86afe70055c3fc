// What an operator sees, and a load lives through, when a LUN of a real target is taken away, taken offline, made
// read-only or larger (docs/luns.md).
#include <gtest/gtest.h>

#include <filesystem>

#include "stage.h"

namespace laneway {
namespace {

class LunStatesE2e : public Stage {
 protected:
  void SetUp() override {
    if (!Tgtd::is_installed()) GTEST_SKIP() << "tgtd is not installed";
    ASSERT_TRUE(target_.start(dir_));
    start_engine();
    expect_done(
        {"target", "login", Tgtd::kOpen, "--portal", target_.portal(), "--name", "array", "--login-timeout", "2"});
    expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "1"});
  }
  Outcome admin(Arguments words, bool is_needed = true) const {
    words.insert(words.begin(), {"--lld", "iscsi"});
    const Outcome outcome = target_.admin(words);
    if (is_needed) {
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
    return outcome;
  }
  void set_lun(const std::string& params) const {
    admin({"--op", "update", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "--params", params});
  }
  // Refused as long as commands are under way.
  void remove_lun() const {
    int exit_code = 1;
    for (int i = 0; i < 2000 && exit_code != 0; ++i) {
      exit_code = admin({"--op", "delete", "--mode", "logicalunit", "--tid", "1", "--lun", "1"}, false).exit_code;
    }
    EXPECT_EQ(exit_code, 0);
  }
  void add_lun() const {
    admin({"--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", dir_.at("lun.img")});
  }
  Json health() const { return member(laneway_json({"vf", "show", "vm1"}), "health"); }
  void await_health(const std::string& state, const std::string& reason) const {
    Json last;
    for (int i = 0; i < 3000; ++i) {
      last = health();
      if (text_at(last, "state") == state && text_at(last, "reason") == reason) return;
    }
    ADD_FAILURE() << last << "\n" << log();
  }
  Arguments load_words(const std::string& seconds) const {
    return {binary("laneway"),
            "bench",
            socket_of("vm1"),
            "--verify",
            "--overwrite",
            "--reads",
            "50",
            "--depth",
            "2",
            "--span",
            "4M",
            "--time",
            seconds,
            "--warm-up",
            "0",
            "--answer-limit",
            "60"};
  }

  Tgtd target_;
};

TEST_F(LunStatesE2e, ALunThatIsTakenAwayAndBroughtBackCostsALoadNothing) {
  Process load(load_words("3"), dir_.at("load.log"));
  remove_lun();
  await_health("blocked", "gone");
  EXPECT_NE(laneway({"vf", "list"}).out.find("blocked: gone"), std::string::npos);
  EXPECT_NE(log().find("is not shown by the target any more (gone)"), std::string::npos);
  add_lun();
  EXPECT_EQ(load.wait(), 0) << content_of(dir_.at("load.log")) << log();
  await_health("ok", "");
  EXPECT_EQ(number_at(member(health(), "occurrences"), "gone"), 1u);
}

TEST_F(LunStatesE2e, ALunThatIsOfflineForAWhileCostsALoadNothing) {
  set_lun("online=0");  // tgtd says so to those that ask whether it is ready, after a login
  Process load(load_words("3"), dir_.at("load.log"));
  await_health("blocked", "not_ready");
  set_lun("online=1");
  EXPECT_EQ(load.wait(), 0) << content_of(dir_.at("load.log")) << log();
  await_health("ok", "");
}

TEST_F(LunStatesE2e, AReadOnlyLunRefusesWritesAndSaysSo) {
  EXPECT_EQ(run(load_words("1")).exit_code, 0);
  set_lun("readonly=1");
  EXPECT_NE(run(load_words("1")).exit_code, 0);
  await_health("degraded", "write_protected");
  const std::string shown = laneway({"vf", "show", "vm1"}).out;
  EXPECT_NE(shown.find("degraded: write_protected"), std::string::npos) << shown;
  EXPECT_NE(shown.find("allow writes on the array"), std::string::npos) << shown;
  set_lun("readonly=0");
  expect_done({"vf", "resize", "vm1"});
  EXPECT_EQ(run(load_words("1")).exit_code, 0);
  await_health("ok", "");
}

TEST_F(LunStatesE2e, ALunThatComesBackLargerIsServedWithItsNewSize) {
  EXPECT_EQ(run(load_words("1")).exit_code, 0);
  remove_lun();
  std::filesystem::resize_file(dir_.at("lun.img"), 96 << 20);
  add_lun();
  expect_done({"vf", "resize", "vm1"});
  EXPECT_EQ(number_at(laneway_json({"vf", "show", "vm1"}), "capacity_bytes"), 96u << 20);
  EXPECT_EQ(run(load_words("1")).exit_code, 0);
  EXPECT_NE(log().find("has grown from"), std::string::npos);
}

}  // namespace
}  // namespace laneway
