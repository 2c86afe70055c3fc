#include "base/clock.h"

#include <ctime>

#include "base/units.h"

namespace laneway {

uint64_t MonotonicClock::now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kSecond + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace laneway
