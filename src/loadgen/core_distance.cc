#include "loadgen/core_distance.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "base/clock.h"
#include "loadgen/cpu_pin.h"

namespace laneway {

namespace {

constexpr uint32_t kRoundTripsPerBatch = 2000;
constexpr uint32_t kBatches = 25;
constexpr uint32_t kStop = UINT32_MAX;

struct alignas(64) Ball {
  std::atomic<uint32_t> throws{0};
};

uint64_t now() { return MonotonicClock().now_ns(); }

// Waits until the ball has been thrown `count` times.
void wait_for(const Ball& ball, uint32_t count) {
  while (ball.throws.load(std::memory_order_acquire) != count) {
  }
}

// Throws back every odd throw until kStop.
void throw_back(Ball& ball) {
  uint32_t expected = 1;
  while (true) {
    const uint32_t seen = ball.throws.load(std::memory_order_acquire);
    if (seen == kStop) return;
    if (seen != expected) continue;
    ball.throws.store(seen + 1, std::memory_order_release);
    expected += 2;
  }
}

uint64_t batch_ns(Ball& ball, uint32_t& throws) {
  const uint64_t begin_ns = now();
  for (uint32_t i = 0; i < kRoundTripsPerBatch; ++i) {
    ball.throws.store(throws + 1, std::memory_order_release);
    throws += 2;
    wait_for(ball, throws);
  }
  return (now() - begin_ns) / kRoundTripsPerBatch;
}

// On the calling thread, which belongs on the first CPU.
CoreDistance play(Ball& ball) {
  std::array<uint64_t, kBatches> batches;
  uint32_t throws = 0;
  batch_ns(ball, throws);  // warm-up, and the other side's start
  for (uint64_t& batch : batches) batch = batch_ns(ball, throws);
  ball.throws.store(kStop, std::memory_order_release);
  std::sort(batches.begin(), batches.end());
  return {batches[kBatches / 2], batches.front(), batches.back()};
}

}  // namespace

Result<CoreDistance> measure_core_distance(int cpu_a, int cpu_b) {
  if (cpu_a == cpu_b) return fail(ErrorCode::invalid_argument, "the distance of CPU {} to itself is asked for", cpu_a);
  for (const int cpu : {cpu_a, cpu_b}) {
    if (!may_run_on(cpu)) return fail(ErrorCode::invalid_argument, "cannot run on CPU {}", cpu);
  }
  Ball ball;
  CoreDistance distance;
  std::thread second([&] {
    pin_to(cpu_b);
    throw_back(ball);
  });
  std::thread first([&] {
    pin_to(cpu_a);
    distance = play(ball);
  });
  first.join();
  second.join();
  return distance;
}

}  // namespace laneway
