#pragma once
// What bugs planted by plant.py call: whether one is awake, and a stay long enough for a kill to fall into it. Only in
// laneway-engine-planted, which shows that tests/crash sees them. Any thread.

#include <cstdlib>
#include <ctime>
#include <string_view>

namespace laneway {

inline bool planted(std::string_view name) {
  static const char* const awake = std::getenv("LANEWAY_PLANT");
  return awake != nullptr && name == awake;
}

inline void linger() {
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 2000;
  while (std::clock() < end) {
  }
}

}  // namespace laneway
