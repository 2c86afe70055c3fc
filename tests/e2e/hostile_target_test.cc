// The engine against a target that lies: the fake one, as a program. Guests' data is right afterwards, the lies are
// counted by kind, and the engine's memory stays what it was.
#include <gtest/gtest.h>

#include "base/sanitized.h"
#include "base/units.h"
#include "stage.h"

namespace laneway {
namespace {

class HostileTargetE2e : public Stage {
 protected:
  // Starts the target with its faults; false where it did not come up.
  bool start_target(const Arguments& faults) {
    Arguments arguments = {binary("laneway-test-target"), "--lun-size", "16m"};
    for (const std::string& fault : faults) arguments.insert(arguments.end(), {"--fault", fault});
    target_ = std::make_unique<Process>(arguments, dir_.at("target.log"));
    while (!target_->has_ended() && content_of(dir_.at("target.log")).find('\n') == std::string::npos) {
    }
    const std::string text = content_of(dir_.at("target.log"));
    const size_t port = text.find("port ");
    if (port == std::string::npos) return false;
    portal_ = "127.0.0.1:" + std::to_string(std::stoul(text.substr(port + 5)));
    return true;
  }
  void make_function() {
    expect_done({"target", "login", "iqn.2026-11.test.laneway:fake", "--portal", portal_, "--name", "array"});
    expect_done({"vf", "create", "vm1", "--target", "array", "--lun", "0"});
  }
  // Writes stamped blocks, and reads all of them back.
  Outcome load() const {
    return run({binary("laneway"), "bench", socket_of("vm1"), "--verify", "--overwrite", "--reads", "50", "--depth",
                "16", "--span", "4M", "--time", "2", "--warm-up", "0"});
  }
  Json faults() const { return member(laneway_json({"target", "show", "array"}), "session_faults"); }

  std::unique_ptr<Process> target_;
  std::string portal_;
};

TEST_F(HostileTargetE2e, DataIsRightAndLiesAreCounted) {
  ASSERT_TRUE(start_target({"lie:text=overlap,op=read,after=200", "lie:text=gap,op=read,after=600",
                            "lie:text=stat-sn,op=write,after=300", "lie:text=unknown-tag,op=write,after=700",
                            "lie:text=async-storm,op=read,after=900", "lie:text=reject-storm,op=write,after=1100"}));
  start_engine();
  make_function();
  const Outcome verified = load();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  const Json counts = faults();
  EXPECT_EQ(number_at(counts, "range"), 2u) << counts;
  EXPECT_EQ(number_at(counts, "sequence"), 1u) << counts;
  EXPECT_EQ(number_at(counts, "tag"), 1u) << counts;
  EXPECT_EQ(number_at(counts, "flood"), 2u) << counts;
  EXPECT_NE(laneway({"target", "show", "array"}).out.find("flood 2"), std::string::npos);
}

TEST_F(HostileTargetE2e, ATargetThatFloodsForEverCostsNoMemory) {
  ASSERT_TRUE(start_target({"lie:text=async-storm,op=read,after=20,count=0"}));
  start_engine();
  make_function();
  const uint64_t before = number_at(laneway_json({"engine", "status"}), "rss_bytes");
  expect_done({"vf", "create", "other", "--memory", "16M"});
  uint64_t floods = 0;
  Process reader({binary("laneway"), "bench", socket_of("vm1"), "--depth", "16", "--time", "60"},
                 dir_.at("reader.log"));
  while (floods < 8 && is_engine_running()) floods = number_at(faults(), "flood");
  // Another function of the same reactor is served meanwhile.
  EXPECT_EQ(run({binary("laneway"), "bench", socket_of("other"), "--verify", "--overwrite", "--time", "1"}).exit_code,
            0);
  const uint64_t after = number_at(laneway_json({"engine", "status"}), "rss_bytes");
  // 16 MiB of it are the memory disk's. A sanitizer keeps what is freed.
  EXPECT_TRUE(kIsSanitized || after < before + 40 * kMiB) << after << " after " << before;
}

}  // namespace
}  // namespace laneway
