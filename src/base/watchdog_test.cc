#include "base/watchdog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace laneway {
namespace {

class CountingManager final : public ServiceManager {
 public:
  int tell(std::string_view message, int) override {
    if (is_busy) return -EAGAIN;
    EXPECT_EQ(message, "WATCHDOG=1");
    ++count;
    return 0;
  }
  int descriptor() const override { return -1; }
  bool is_busy = false;
  int count = 0;
};

TEST(Watchdog, SpeaksThreeTimesInItsLimit) {
  CountingManager manager;
  Watchdog watchdog(3 * kSecond);
  EXPECT_EQ(watchdog.due_ns(), 0u);
  watchdog.tell_if_due(manager, 5 * kSecond);
  EXPECT_EQ(watchdog.due_ns(), 6 * kSecond);
  watchdog.tell_if_due(manager, 6 * kSecond - 1);
  EXPECT_EQ(manager.count, 1);
  watchdog.tell_if_due(manager, 6 * kSecond);
  EXPECT_EQ(manager.count, 2);
}

TEST(Watchdog, TriesAgainSoonWhereTheManagerIsBusy) {
  CountingManager manager;
  manager.is_busy = true;
  Watchdog watchdog(20 * kSecond);
  watchdog.tell_if_due(manager, kSecond);
  EXPECT_EQ(watchdog.due_ns(), 2 * kSecond);
}

TEST(Watchdog, IsSilentWhereNobodyWaits) {
  CountingManager manager;
  Watchdog watchdog(0);
  EXPECT_EQ(watchdog.due_ns(), kNever);
  watchdog.tell_if_due(manager, kSecond);
  EXPECT_EQ(manager.count, 0);
}

TEST(Watchdog, TakesItsLimitFromTheEnvironmentWhereThatIsMeantForIt) {
  const std::string own = std::to_string(::getpid());
  for (const char* pid : {"", own.c_str(), "1", "nonsense"}) {
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    if (*pid != '\0') ::setenv("WATCHDOG_PID", pid, 1);
    const Watchdog watchdog = Watchdog::of_environment();
    EXPECT_EQ(watchdog.due_ns(), std::string(pid) == "1" ? kNever : 0) << pid;
    EXPECT_EQ(std::getenv("WATCHDOG_USEC"), nullptr);
    EXPECT_EQ(std::getenv("WATCHDOG_PID"), nullptr);
  }
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(Watchdog::of_environment().due_ns(), kNever);
}

}  // namespace
}  // namespace laneway
