#pragma once
// LoginGate bounds how often passwords may be tried: for each user name and for each address, whether the user exists
// or not. After some failures each further one doubles the time until the next try. Owned by the daemon. Any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/units.h"

namespace laneway {

class LoginGate {
 public:
  static constexpr uint32_t kFreeTries = 5;
  static constexpr uint64_t kFirstPauseNs = 10 * kSecond;
  static constexpr uint64_t kPauseMaxNs = 900 * kSecond;
  static constexpr uint64_t kForgetNs = 3600 * kSecond;
  static constexpr size_t kKnownMax = 20'000;

  explicit LoginGate(Clock& clock) : clock_(clock) {}

  // 0 where it may be tried now, which counts as a failure until succeeded(); else for how many seconds it may not.
  uint64_t try_now(std::string_view user, std::string_view address);
  void succeeded(std::string_view user, std::string_view address);

 private:
  struct Record {
    uint32_t failures = 0;
    uint64_t last_ns = 0;
  };
  using Records = std::map<std::string, Record, std::less<>>;
  uint64_t wait_ns(const std::string& key) const;
  void forget_old(uint64_t now_ns);

  // Fixed after construction
  Clock& clock_;
  // Any thread, under mutex_
  std::mutex mutex_;
  Records records_;
};

}  // namespace laneway
