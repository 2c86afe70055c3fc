#include "frontend/flight_recorder.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

SlowRequest request_of(uint64_t end_ns, uint32_t total_us) {
  SlowRequest request;
  request.end_ns = end_ns;
  request.offset_bytes = end_ns;
  request.stages_us[static_cast<size_t>(IoStage::total)] = total_us;
  return request;
}

bool has(const FlightRecorder& recorder, uint64_t end_ns) {
  std::vector<SlowRequest> all;
  recorder.add_to(all);
  return std::count_if(all.begin(), all.end(), [&](const SlowRequest& each) { return each.end_ns == end_ns; }) == 1;
}

TEST(FlightRecorder, KeepsTheLastOnes) {
  FlightRecorder recorder;
  for (uint64_t i = 1; i <= 1000; ++i) recorder.record(request_of(i, 100));
  std::vector<SlowRequest> all;
  recorder.add_to(all);
  EXPECT_LE(all.size(), FlightRecorder::kLast + FlightRecorder::kSlowest);
  for (uint64_t i = 1000; i > 1000 - FlightRecorder::kLast; --i) EXPECT_TRUE(has(recorder, i)) << i;
}

TEST(FlightRecorder, ManyThatAreALittleSlowDoNotPushOutTheSlowest) {
  FlightRecorder recorder;
  recorder.record(request_of(1, 500'000));
  for (uint64_t i = 2; i <= 1000; ++i) recorder.record(request_of(i, 100));
  EXPECT_TRUE(has(recorder, 1));
}

TEST(FlightRecorder, TheSlowestGivesWayWhenItIsOld) {
  FlightRecorder recorder;
  for (uint64_t i = 1; i <= FlightRecorder::kSlowest; ++i) recorder.record(request_of(i, 500'000));
  const uint64_t later = 2 * FlightRecorder::kSlowestForNs;
  for (uint64_t i = 0; i < FlightRecorder::kLast + FlightRecorder::kSlowest; ++i) {
    recorder.record(request_of(later + i, 100));
  }
  EXPECT_FALSE(has(recorder, 1));
}

}  // namespace
}  // namespace laneway
