#include "loadgen/core_distance.h"

#include <gtest/gtest.h>

#include "loadgen/cpu_pin.h"

namespace laneway {
namespace {

int first_cpu() {
  int cpu = 0;
  while (!may_run_on(cpu) && cpu < 4096) ++cpu;
  return cpu;
}

TEST(CoreDistance, ACpuHasNoDistanceToItself) {
  const auto distance = measure_core_distance(first_cpu(), first_cpu());
  ASSERT_FALSE(distance.has_value());
  EXPECT_EQ(distance.error().code, ErrorCode::invalid_argument);
}

TEST(CoreDistance, RefusesCpusThatAreNotThere) {
  for (const int cpu : {-1, 100'000}) {
    const auto distance = measure_core_distance(first_cpu(), cpu);
    ASSERT_FALSE(distance.has_value());
    EXPECT_EQ(distance.error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(pin_to(cpu));
  }
}

}  // namespace
}  // namespace laneway
