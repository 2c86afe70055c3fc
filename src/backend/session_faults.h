#pragma once
// SessionFaults counts how sessions of functions with one target failed, by kind (iscsi/session_fault.h). Owned by the
// IscsiTarget. Any thread.

#include <array>
#include <atomic>
#include <cstdint>

#include "iscsi/session_fault.h"

namespace laneway {

class SessionFaults {
 public:
  using Counts = std::array<uint64_t, iscsi::kSessionFaults>;

  void note(iscsi::SessionFault fault) { counts_[static_cast<size_t>(fault)].fetch_add(1, std::memory_order_relaxed); }
  Counts counts() const {
    Counts out{};
    for (size_t i = 0; i < out.size(); ++i) out[i] = counts_[i].load(std::memory_order_relaxed);
    return out;
  }

 private:
  std::array<std::atomic<uint64_t>, iscsi::kSessionFaults> counts_{};
};

}  // namespace laneway
