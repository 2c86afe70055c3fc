#pragma once
// Clock is the engine's only source of time: monotonic nanoseconds. Production reads CLOCK_MONOTONIC; the simulator
// passes a clock that it advances itself. Any thread.

#include <cstdint>

namespace laneway {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t now_ns() = 0;
};

class MonotonicClock final : public Clock {
 public:
  uint64_t now_ns() override;
};

}  // namespace laneway
