// What an operator is told of slow requests: the engine, with real causes (docs/where-did-my-io-go.md).
#include <gtest/gtest.h>

#include "stage.h"
#include "tcp_relay.h"

namespace laneway {
namespace {

class ExplainE2e : public Stage {
 protected:
  void start_target(const Arguments& faults) {
    Arguments arguments = {binary("laneway-test-target"), "--lun-size", "16m"};
    for (const std::string& fault : faults) arguments.insert(arguments.end(), {"--fault", fault});
    target_ = std::make_unique<Process>(arguments, dir_.at("target.log"));
    while (!target_->has_ended() && content_of(dir_.at("target.log")).find('\n') == std::string::npos) {
    }
    const std::string text = content_of(dir_.at("target.log"));
    const size_t port = text.find("port ");
    ASSERT_NE(port, std::string::npos) << text;
    port_ = static_cast<uint16_t>(std::stoul(text.substr(port + 5)));
  }
  void log_in() const {
    expect_done({"target", "login", "iqn.2026-11.test.laneway:fake", "--portal", "127.0.0.1:" + std::to_string(port_),
                 "--name", "array", "--noop-interval", "1", "--noop-timeout", "1"});
  }
  Arguments load(const Arguments& more) const {
    Arguments words = {binary("laneway"), "bench", socket_of("vm1"), "--warm-up", "0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // Some slow request says so.
  bool says(const std::string& part) const {
    const Json explanation = laneway_json({"vf", "explain", "vm1"});
    for (const Json& request : member(explanation, "requests")) {
      for (const Json& reason : member(request, "says")) {
        if (reason.get<std::string>().find(part) != std::string::npos) return true;
      }
    }
    return false;
  }
  // The event comes with a look of the engine's, which looks every second.
  bool has_event(const std::string& kind) const {
    for (int i = 0; i < 2000; ++i) {
      const Json page = laneway_json({"events"});
      for (const Json& event : member(page, "events")) {
        if (text_at(event, "kind") == kind) return true;
      }
    }
    return false;
  }

  std::unique_ptr<Process> target_;
  uint16_t port_ = 0;
};

TEST_F(ExplainE2e, ATargetThatAnswersLateIsNamed) {
  start_target({"delay:value=480ms,op=read,after=60,count=2", "delay:value=300ms,op=write,after=60"});
  start_engine();
  log_in();
  expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "0"});
  EXPECT_EQ(run(load({"--time", "1", "--depth", "4", "--reads", "50", "--overwrite"})).exit_code, 0);
  const Json explanation = laneway_json({"vf", "explain", "vm1", "--slowest"});
  EXPECT_GE(number_at(explanation, "slow_requests"), 3u);
  const Json& slowest = member(explanation, "requests").at(0);
  EXPECT_EQ(text_at(slowest, "op"), "read");
  EXPECT_GE(number_at(slowest, "total_us"), 480'000u);
  EXPECT_GE(number_at(member(slowest, "stages_us"), "target"), 480'000u);
  EXPECT_GE(number_at(member(slowest, "pdus_us"), "answered"), 480'000u);
  EXPECT_EQ(member(slowest, "says").at(0).get<std::string>().find("the target answered after"), 0u) << slowest;
  const Outcome shown = laneway({"vf", "explain", "vm1", "--slowest"});
  EXPECT_NE(shown.out.find("the target answered after 4"), std::string::npos) << shown.out;
  const Json stats = laneway_json({"vf", "stats", "vm1"});
  EXPECT_GT(number_at(member(member(stats, "stages"), "target"), "count"), 0u);
  EXPECT_NE(laneway({"vf", "top", "--stages", "--once"}).out.find("TRANSFER"), std::string::npos);
}

TEST_F(ExplainE2e, ALimitIsNamedAndTold) {
  start_engine();
  expect_done({"vf", "create", "vm1", "--memory", "16M", "--iops-max", "200"});
  EXPECT_EQ(run(load({"--time", "1", "--depth", "32"})).exit_code, 0);
  EXPECT_TRUE(says("for its limit of 200 IOPS"));
  EXPECT_TRUE(has_event("limit-reached"));
  const Outcome shown = laneway({"vf", "explain", "vm1", "--count", "1"});
  EXPECT_NE(shown.out.find("for its limit of 200 IOPS"), std::string::npos) << shown.out;
  EXPECT_NE(laneway({"events"}).out.find("vm1: its requests wait for its limits"), std::string::npos);
}

TEST_F(ExplainE2e, APathThatIsLostIsNamedAndTold) {
  start_target({"delay:value=2ms,count=0"});  // so that something is under way on it
  TcpRelay relay(port_);
  start_engine();
  log_in();
  expect_done({"vf", "create", "vm1", "--path", "array/0", "--path", "array/0@" + relay.portal(), "--path-policy",
               "round-robin"});
  Process running(load({"--time", "4", "--depth", "8", "--reads", "50", "--overwrite"}), dir_.at("load.log"));
  const auto written = [this](size_t index) {
    uint64_t bytes = 0;
    const Json paths = laneway_json({"path", "list", "vm1"});
    for (const Json& session : member(member(paths, "paths").at(index), "sessions")) {
      bytes += number_at(session, "written_bytes");
    }
    return bytes;
  };
  for (int i = 0; i < 1000 && written(1) == 0; ++i) {
  }
  relay.set_silent(true);  // what is under way there waits until its pings are missed
  EXPECT_TRUE(has_event("path-failed"));
  EXPECT_TRUE(says("was lost while the request was under way; it was repeated on path 0"))
      << laneway({"vf", "explain", "vm1", "--slowest"}).out << log();
  EXPECT_EQ(running.wait(), 0) << content_of(dir_.at("load.log"));
}

TEST_F(ExplainE2e, AQuietFunctionHasNothingToExplain) {
  start_engine();
  expect_done({"vf", "create", "vm1", "--memory", "16M"});
  EXPECT_NE(laneway({"vf", "explain", "vm1"}).out.find("No request of vm1 was slow"), std::string::npos);
  expect_refused({"vf", "explain", "other"}, {"'other'", "laneway vf list"});
  EXPECT_EQ(laneway({"events"}).out, "");
}

}  // namespace
}  // namespace laneway
