#pragma once
// WallClock is the time of day for what people read and what expires: milliseconds since 1970, UTC. Tests pass a clock
// that they set. Any thread.

#include <cstdint>
#include <string>

namespace laneway {

class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual uint64_t now_ms();
};

// "2026-11-23T20:10:00.000Z"
std::string utc_text(uint64_t time_ms);

}  // namespace laneway
