#pragma once
// RestartPolicy decides when an engine that died is started again and how: at once, after a pause where it dies
// repeatedly, in careful mode where it dies soon after its start, and without the items in whose restoring it died
// twice. A kill from outside is no fault of the engine or of an item. Knows no processes; time is handed in. Owned by
// the keeper; its thread.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/units.h"

namespace laneway {

class RestartPolicy {
 public:
  static constexpr uint64_t kSoonNs = 10 * kSecond;             // a death this soon after the start counts
  static constexpr uint64_t kKilledSoonNs = 50 * kMillisecond;  // a killer that strikes again and again is given time
  static constexpr uint64_t kLongestPauseNs = 5 * kSecond;
  static constexpr uint32_t kCarefulAfter = 3;     // such deaths in a row
  static constexpr uint32_t kQuarantineAfter = 2;  // deaths in the restoring of one item

  void started(uint64_t now_ns);
  void restoring(const std::string& key) { in_progress_ = key; }
  // All items are in use.
  void served() { in_progress_.clear(); }
  // How long to wait before the next start.
  uint64_t died(uint64_t now_ns);
  // The same where somebody killed it: an operator, a kernel that is short of memory.
  uint64_t killed(uint64_t now_ns);
  // It ended because it was asked to: no reason for a pause.
  void ended_in_order();

  bool is_careful() const { return deaths_ >= kCarefulAfter; }
  std::vector<std::string> quarantined() const;
  // The item is tried again; one more death is enough to stop that.
  void release(const std::string& key);

 private:
  uint64_t started_ns_ = 0;
  uint32_t deaths_ = 0;  // soon after the start, in a row
  std::string in_progress_;
  std::map<std::string, uint32_t> blamed_;  // how often an engine died restoring it
};

}  // namespace laneway
