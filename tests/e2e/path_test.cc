// Several paths to a LUN of a real tgtd, harmed and changed under a verified load.
#include <gtest/gtest.h>

#include "stage.h"
#include "tcp_relay.h"

namespace laneway {
namespace {

constexpr int kLooksMax = 1000;  // at the engine's answers, each of a few milliseconds

class PathE2e : public Stage {
 protected:
  void SetUp() override {
    if (!Tgtd::is_installed()) GTEST_SKIP() << "tgtd is not installed";
    ASSERT_TRUE(tgtd_.start(dir_)) << content_of(dir_.at("tgtd.log"));
    relay_ = std::make_unique<TcpRelay>(tgtd_.port());
    start_engine();
    expect_done({"target", "login", Tgtd::kOpen, "--portal", tgtd_.portal(), "--name", "array", "--noop-interval", "1",
                 "--noop-timeout", "1"});
  }
  void TearDown() override { load_.reset(); }

  void start_load(const std::string& seconds) {
    load_ = std::make_unique<Process>(
        Arguments{binary("laneway"), "bench", socket_of("vm1"), "--reads", "50", "--overwrite", "--verify", "--span",
                  "16M", "--depth", "16", "--time", seconds, "--warm-up", "0"},
        dir_.at("load.txt"));
  }
  void expect_load_went_well() {
    EXPECT_EQ(load_->wait(), 0) << content_of(dir_.at("load.txt"));
    EXPECT_NE(content_of(dir_.at("load.txt")).find(" 0 wrong"), std::string::npos) << content_of(dir_.at("load.txt"));
    EXPECT_EQ(number_at(laneway_json({"vf", "stats", "vm1"}), "errors"), 0u);
    load_.reset();
  }
  Json path(size_t index) const { return member(laneway_json({"path", "list", "vm1"}), "paths").at(index); }
  uint64_t written(size_t index) const {
    uint64_t bytes = 0;
    const Json now = path(index);
    for (const Json& session : member(now, "sessions")) bytes += number_at(session, "written_bytes");
    return bytes;
  }
  void await_state(size_t index, const std::string& state) const {
    for (int i = 0; i < kLooksMax; ++i) {
      if (text_at(path(index), "state") == state) return;
    }
    ADD_FAILURE() << "path " << index << " is not " << state << ": " << to_line(path(index));
  }
  void await_writes(size_t index) const {
    const uint64_t before = written(index);
    for (int i = 0; i < kLooksMax; ++i) {
      if (written(index) > before) return;
    }
    ADD_FAILURE() << "path " << index << " carries nothing: " << to_line(path(index));
  }
  std::string second() const { return "array/1@" + relay_->portal(); }

  Tgtd tgtd_;
  std::unique_ptr<TcpRelay> relay_;
  std::unique_ptr<Process> load_;
};

TEST_F(PathE2e, AConnectionThatBreaksCostsNoErrorAndNoData) {
  expect_done({"vf", "create", "vm1", "--path", "array/1", "--path", second(), "--failback", "1"});
  start_load("6");
  await_state(1, "active");
  await_writes(1);
  relay_->set_open(false);
  await_state(1, "failed");
  await_writes(0);
  EXPECT_NE(text_at(path(1), "error"), "");
  relay_->set_open(true);
  await_state(1, "active");
  expect_load_went_well();
}

TEST_F(PathE2e, ASilentPathCostsNoErrorAndNoData) {
  expect_done({"vf", "create", "vm1", "--path", "array/1", "--path", second()});
  start_load("6");
  await_state(1, "active");
  await_writes(1);
  relay_->set_silent(true);
  await_state(1, "failed");
  await_writes(0);
  relay_->set_silent(false);
  expect_load_went_well();
}

TEST_F(PathE2e, PathsAreAddedTakenOutAndRemovedUnderLoadAndRemembered) {
  expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "1", "--deadline", "never"});
  EXPECT_EQ(number_at(laneway_json({"vf", "show", "vm1"}), "deadline_s"), 0u);
  start_load("6");
  await_state(0, "active");
  expect_done({"path", "add", "vm1", "--target", "array", "--portal", relay_->portal()});
  await_writes(1);
  expect_done({"path", "fail", "vm1", "0"});
  await_state(0, "out");
  await_writes(1);
  expect_refused({"path", "fail", "vm1", "1"}, {"'vm1'", "last one in use"});
  expect_refused({"path", "remove", "vm1", "1"}, {"'vm1'", "last one in use"});
  expect_done({"path", "retry", "vm1", "0"});
  await_writes(0);
  expect_done({"path", "policy", "vm1", "--policy", "failover", "--failback", "3"});
  await_state(1, "standby");
  expect_done({"path", "remove", "vm1", "0"});
  await_writes(0);  // the only one that is left
  expect_load_went_well();
  EXPECT_EQ(stop_engine(), 0);
  start_engine();
  const Json paths = laneway_json({"path", "list", "vm1"});
  ASSERT_EQ(member(paths, "paths").size(), 1u);
  EXPECT_EQ(number_at(path(0), "path"), 1u);
  EXPECT_EQ(text_at(path(0), "portal"), relay_->portal());
  EXPECT_EQ(text_at(paths, "path_policy"), "failover");
  EXPECT_EQ(number_at(paths, "failback_s"), 3u);
  EXPECT_EQ(number_at(laneway_json({"vf", "show", "vm1"}), "deadline_s"), 0u);
}

TEST_F(PathE2e, APathToAnotherDiskIsRefused) {
  const std::string other = write_file("other.img", std::string(1 << 20, '\0'));
  const Outcome made =
      tgtd_.admin({"--lld", "iscsi", "--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "2", "-b", other});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "1"});
  expect_refused({"path", "add", "vm1", "--target", "array", "--lun", "2"},
                 {"'vm1'", "the path was not added", "leads to disk", "map the same disk"});
  expect_refused({"path", "add", "vm1", "--target", "array"}, {"is that way already"});
  expect_refused({"path", "add", "vm1", "--target", "none"}, {"no target 'none'"});
  expect_refused({"path", "retry", "vm1", "7"}, {"no path 7", "path list"});
  expect_refused({"vf", "create", "vm2", "--path", "array/2", "--path", "array/1"}, {"'vm2' was not created"});
  expect_refused({"vf", "create", "vm2", "--path", "array"}, {"TARGET/LUN"}, 2);
  expect_refused({"vf", "create", "vm2", "--path", "array/2", "--deadline", "0"}, {"--deadline"}, 2);
  EXPECT_EQ(member(laneway_json({"path", "list", "vm1"}), "paths").size(), 1u);
}

}  // namespace
}  // namespace laneway
