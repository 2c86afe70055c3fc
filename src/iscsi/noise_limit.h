#pragma once
// NoiseLimit bounds the PDUs of a target that bring nothing forward: pings, news of the window, asynchronous messages,
// rejects of nothing, data in crumbs. An honest target has a few of them a minute; each costs us work, whatever the
// reason. A bucket of kBurst that fills again by kPerSecond. Owned by a Session; home reactor only.

#include <algorithm>
#include <cstdint>

#include "base/units.h"

namespace laneway::iscsi {

class NoiseLimit {
 public:
  static constexpr uint32_t kBurst = 512;
  static constexpr uint32_t kPerSecond = 64;

  // One more; false where that is too much.
  bool admit(uint64_t now_ns) {
    constexpr uint64_t kEachNs = kSecond / kPerSecond;
    full_at_ns_ = std::max(full_at_ns_, now_ns) + kEachNs;
    return full_at_ns_ - now_ns <= kBurst * kEachNs;
  }

 private:
  uint64_t full_at_ns_ = 0;  // when the bucket will be full again
};

}  // namespace laneway::iscsi
