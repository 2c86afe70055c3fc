#include "keeper/restart_policy.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr uint64_t kFirstPauseNs = 100 * kMillisecond;
constexpr uint32_t kWithoutPause = 2;  // deaths after which the start follows at once
constexpr uint32_t kDoublingsMax = 10;

}  // namespace

void RestartPolicy::started(uint64_t now_ns) {
  started_ns_ = now_ns;
  in_progress_.clear();
}

uint64_t RestartPolicy::died(uint64_t now_ns) {
  deaths_ = now_ns - started_ns_ < kSoonNs ? deaths_ + 1 : 1;
  if (!in_progress_.empty()) ++blamed_[in_progress_];
  in_progress_.clear();
  if (deaths_ <= kWithoutPause) return 0;
  const uint32_t doublings = std::min(deaths_ - kWithoutPause - 1, kDoublingsMax);
  return std::min(kFirstPauseNs << doublings, kLongestPauseNs);
}

uint64_t RestartPolicy::killed(uint64_t now_ns) {
  in_progress_.clear();
  return now_ns - started_ns_ < kKilledSoonNs ? kFirstPauseNs : 0;
}

void RestartPolicy::ended_in_order() {
  deaths_ = 0;
  in_progress_.clear();
}

std::vector<std::string> RestartPolicy::quarantined() const {
  std::vector<std::string> out;
  for (const auto& [key, deaths] : blamed_) {
    if (deaths >= kQuarantineAfter) out.push_back(key);
  }
  return out;
}

void RestartPolicy::release(const std::string& key) {
  const auto found = blamed_.find(key);
  if (found != blamed_.end()) found->second = kQuarantineAfter - 1;
}

}  // namespace laneway
