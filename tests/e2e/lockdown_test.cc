// The engine confines itself, whoever starts it, and says so. What confinement forbids: src/lockdown/lockdown_test.cc.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/sanitized.h"
#include "stage.h"

namespace laneway {
namespace {

class LockdownE2e : public Stage {
 protected:
  void SetUp() override {
    if (kIsSanitized && programs() == LANEWAY_BIN_DIR) GTEST_SKIP() << "an engine with a sanitizer is not confined";
  }
  // An engine outlives a keeper that is killed.
  void TearDown() override {
    if (is_engine_running()) (void)stop_engine();
  }
  // A line of /proc/PID/status, for the engine's main thread or for its last one.
  std::string line_of(const std::string& thread, const std::string& key) const {
    const std::string pid = std::to_string(engine_->pid());
    const std::string text = content_of("/proc/" + pid + "/task/" + thread + "/status");
    const size_t begin = text.find(key + ":\t");
    if (begin == std::string::npos) return "none";
    const size_t value = begin + key.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }
  std::vector<std::string> threads() const {
    std::vector<std::string> out;
    const std::string folder = "/proc/" + std::to_string(engine_->pid()) + "/task";
    for (const auto& each : std::filesystem::directory_iterator(folder)) out.push_back(each.path().filename());
    return out;
  }
  void expect_bare() const {
    ASSERT_GT(threads().size(), 4u);
    for (const std::string& thread : threads()) {
      EXPECT_EQ(line_of(thread, "Seccomp"), "2");
      EXPECT_EQ(line_of(thread, "NoNewPrivs"), "1");
      for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
        EXPECT_EQ(line_of(thread, set), "0000000000000000") << set;
      }
    }
  }
};

TEST_F(LockdownE2e, HoldsForEveryThreadOfTheEngineThatRootStarts) {
  start_engine({"--reactors", "2"});
  expect_bare();
  EXPECT_TRUE(flag_at(member(laneway_json({"engine", "status"}), "lockdown"), "confined"));
  EXPECT_NE(laneway({"engine", "status"}).out.find("Confined:    system calls"), std::string::npos);
}

TEST_F(LockdownE2e, HoldsForAnOrdinaryUsersEngineAndForReactorsThatComeLater) {
  start_engine_as_nobody();
  expect_done({"reactor", "add"});
  expect_bare();
  expect_done({"vf", "create", "vm1", "--file", dir_.at("disk.img"), "--size", "1M"});
  EXPECT_GT(number_at(laneway_json({"engine", "status"}), "rss_bytes"), 0u);
}

TEST_F(LockdownE2e, KeepsFunctionsOutOfTheSystemsDirectories) {
  start_engine();
  expect_refused({"vf", "create", "vm1", "--file", "/etc/laneway-e2e.img", "--size", "1M"}, {"/etc/laneway-e2e.img"});
  EXPECT_FALSE(std::filesystem::exists("/etc/laneway-e2e.img"));
}

TEST_F(LockdownE2e, KeepsFunctionsInTheDirectoriesThatAreNamed) {
  for (const char* folder : {"in", "out"}) std::filesystem::create_directory(dir_.at(folder));
  start_engine({"--data-dir", dir_.at("in")});
  expect_done({"vf", "create", "vm1", "--file", dir_.at("in/disk.img"), "--size", "1M", "--socket", dir_.at("in/s")});
  expect_refused({"vf", "create", "vm2", "--file", dir_.at("out/disk.img"), "--size", "1M"}, {"out/disk.img"});
  expect_refused({"vf", "create", "vm3", "--memory", "1M", "--socket", dir_.at("out/s")}, {"out/s"});
}

TEST_F(LockdownE2e, FindsTheAddressesOfNamesAlsoByItsKeeper) {
  Tgtd target;
  ASSERT_TRUE(target.start(dir_));
  const std::string port = target.portal().substr(target.portal().rfind(':'));
  start_engine();
  expect_done({"target", "login", Tgtd::kOpen, "--portal", "localhost" + port, "--name", "one"});
  EXPECT_EQ(stop_engine(), 0);
  start_keeper();
  expect_done({"target", "login", Tgtd::kClosed, "--portal", "localhost" + port, "--name", "two", "--chap-user",
               Tgtd::kUser, "--chap-secret-file", write_file("secret", Tgtd::kSecret)});
}

TEST_F(LockdownE2e, UnderAKeeperTheEngineOpensNothingItself) {
  start_keeper();
  EXPECT_TRUE(flag_at(member(laneway_json({"engine", "status"}), "lockdown"), "broker"));
  std::filesystem::create_directory(dir_.at("sockets"));
  expect_done({"vf", "create", "vm1", "--file", dir_.at("disk.img"), "--size", "1M", "--socket", dir_.at("sockets/1")});
  expect_done({"vf", "resize", "vm1", "2M"});
  expect_refused({"vf", "create", "vm2", "--file", dir_.at("disk.img")}, {"in use"});
  expect_refused({"vf", "create", "vm2", "--file", "/etc/laneway-e2e.img", "--size", "1M"}, {"/etc/laneway-e2e.img"});
  expect_done({"reactor", "add"});
  expect_done({"vf", "delete", "vm1"});
  EXPECT_FALSE(std::filesystem::exists(dir_.at("sockets/1")));
  EXPECT_EQ(std::filesystem::file_size(dir_.at("disk.img")), 2u << 20);
}

TEST_F(LockdownE2e, IsLeftOutOnlyWhereAskedForAndWithAWarning) {
  start_engine({"--no-lockdown"});
  EXPECT_EQ(line_of(std::to_string(engine_->pid()), "Seccomp"), "0");
  EXPECT_FALSE(flag_at(member(laneway_json({"engine", "status"}), "lockdown"), "confined", true));
  EXPECT_NE(log().find("warning The engine is not confined (--no-lockdown)"), std::string::npos) << log();
}

}  // namespace
}  // namespace laneway
