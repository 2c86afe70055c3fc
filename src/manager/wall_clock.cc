#include "manager/wall_clock.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace laneway {

uint64_t WallClock::now_ms() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
}

std::string utc_text(uint64_t time_ms) {
  const auto seconds = static_cast<time_t>(time_ms / 1000);
  tm parts{};
  (void)::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, time_ms % 1000);
}

}  // namespace laneway
