#pragma once
// DiskHealth is what is known to be wrong with a disk, for people: a state, the reason as a word of docs/luns.md, and
// what to do. A plain value. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laneway {

enum class HealthState : uint8_t {
  ok,
  degraded,  // some requests fail or wait, or soon will
  blocked,   // all requests fail or wait
};

constexpr std::string_view health_state_name(HealthState state) {
  switch (state) {
    case HealthState::ok:
      return "ok";
    case HealthState::degraded:
      return "degraded";
    case HealthState::blocked:
      return "blocked";
  }
  return "unknown";
}

struct DiskHealth {
  HealthState state = HealthState::ok;
  std::string reason;  // empty where it is ok
  std::string remedy;
  std::vector<std::pair<std::string, uint64_t>> occurrences;  // of each reason, since the function is served
};

}  // namespace laneway
