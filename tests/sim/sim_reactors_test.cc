#include "sim/sim_reactors.h"

#include <gtest/gtest.h>

namespace laneway::sim {
namespace {

TEST(SimReactors, ASleeperWakesAtItsOwnTimeAndForALetterOnly) {
  struct Stage final : SimReactors::Course, Letter {
    bool is_over() override { return is_delivered || reactors.turns() > 1000; }
    void time_came() { reactors.reactor(1).post(*this); }
    void deliver() override { is_delivered = true; }
    Random random{7};
    SimKernel kernel{{}, {}, 7};
    SimReactors reactors{kernel, 2, random};
    bool is_delivered = false;
  };
  Stage stage;
  Timer timer(&stage, fire_by<&Stage::time_came>);
  const uint64_t begin_ns = stage.kernel.clock().now_ns();
  stage.reactors.home().arm(timer, begin_ns + kSecond);
  stage.reactors.run(stage);
  EXPECT_TRUE(stage.is_delivered);
  EXPECT_FALSE(stage.kernel.is_stuck());
  EXPECT_LT(stage.kernel.clock().now_ns(), begin_ns + kSecond + kMillisecond);
  EXPECT_LT(stage.reactors.turns(), 30u) << "nobody stays awake for the other";
}

}  // namespace
}  // namespace laneway::sim
