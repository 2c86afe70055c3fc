#pragma once
// TwoPaths is one function on a LUN that it reaches over two portals of a fake target, in simulated time: the backend's
// own code, the network and the target scripted. Owned by a test; one thread.

#include "recovery/lab.h"

namespace laneway {

class TwoPaths : public Lab {
 public:
  static constexpr uint16_t kFirstPort = 3260;
  static constexpr uint16_t kSecondPort = 3261;

  explicit TwoPaths(const fake::TargetOptions& options = {}, const PathRules& rules = {}, uint64_t seed = 1)
      : Lab(options, seed) {
    kernel.network().add_server(kSecondPort, fake, 2);
    settings.noop_interval_ns = settings.noop_timeout_ns = kSecond;
    open();
    device->paths().set_rules(rules);
    add_second();
    // Both have a session.
    EXPECT_EQ(write(0, pattern(0, 4096)), Status::ok);
    EXPECT_TRUE(bench.turn_until([this] { return state_of(0) == IscsiLinkState::ready; }));
    EXPECT_TRUE(bench.turn_until([this] { return state_of(1) == IscsiLinkState::ready; }));
  }
  ~TwoPaths() { close(); }

  void add_second(bool is_preferred = false) {
    LunPathOptions options;
    options.id = 1;
    options.is_preferred = is_preferred;
    options.portal = IscsiPortal{"127.0.0.1", kSecondPort};
    ASSERT_TRUE(device->add_path(*target, options, false).resolve().has_value());
  }
  IscsiSessionReport report_of(uint32_t path) {
    for (const IscsiSessionReport& report : device->sessions()) {
      if (report.path == path) return report;
    }
    return {};
  }
  IscsiLinkState state_of(uint32_t path) { return report_of(path).state; }
  uint64_t sum_of(uint64_t IscsiSessionReport::*figure) {
    uint64_t sum = 0;
    for (const IscsiSessionReport& report : device->sessions()) sum += report.*figure;
    return sum;
  }
  // Writes of 4 KiB to the blocks from `first` on, not waited for.
  std::vector<std::unique_ptr<TestRequest>> start_writes(uint64_t first, uint64_t count, uint64_t seed) {
    std::vector<std::unique_ptr<TestRequest>> writes;
    for (uint64_t i = first; i < first + count; ++i) writes.push_back(start_write(i * 4096, pattern(seed + i, 4096)));
    return writes;
  }
  // When the last of them finished.
  uint64_t await(std::vector<std::unique_ptr<TestRequest>>& writes, Status expected = Status::ok) {
    for (auto& write : writes) {
      EXPECT_TRUE(finishes(*write));
      EXPECT_EQ(write->status, expected);
    }
    return bench.now_ns();
  }
};

}  // namespace laneway
