#include "manager/login_gate.h"

#include <algorithm>

namespace laneway {

namespace {

std::string user_key(std::string_view user) { return "user " + std::string(user); }
std::string address_key(std::string_view address) { return "address " + std::string(address); }

}  // namespace

// With mutex_ held.
uint64_t LoginGate::wait_ns(const std::string& key) const {
  const auto found = records_.find(key);
  if (found == records_.end() || found->second.failures < kFreeTries) return 0;
  const uint32_t doublings = std::min<uint32_t>(found->second.failures - kFreeTries, 20);
  const uint64_t until_ns = found->second.last_ns + std::min(kFirstPauseNs << doublings, kPauseMaxNs);
  const uint64_t now_ns = clock_.now_ns();
  return until_ns > now_ns ? until_ns - now_ns : 0;
}

void LoginGate::forget_old(uint64_t now_ns) {
  std::erase_if(records_, [&](const auto& record) { return record.second.last_ns + kForgetNs < now_ns; });
  // Addresses beyond count; so many come from one attacker, whose own are as good to lose as any.
  while (records_.size() > kKnownMax) records_.erase(records_.begin());
}

uint64_t LoginGate::try_now(std::string_view user, std::string_view address) {
  const std::lock_guard lock(mutex_);
  const std::string keys[] = {user_key(user), address_key(address)};
  const uint64_t wait = std::max(wait_ns(keys[0]), wait_ns(keys[1]));
  if (wait > 0) return wait / kSecond + 1;
  const uint64_t now_ns = clock_.now_ns();
  for (const std::string& key : keys) {
    Record& record = records_[key];
    if (record.last_ns + kForgetNs < now_ns) record.failures = 0;
    ++record.failures;
    record.last_ns = now_ns;
  }
  if (records_.size() > kKnownMax) forget_old(now_ns);
  return 0;
}

void LoginGate::succeeded(std::string_view user, std::string_view address) {
  const std::lock_guard lock(mutex_);
  records_.erase(user_key(user));
  const auto found = records_.find(address_key(address));
  if (found != records_.end() && found->second.failures > 0) --found->second.failures;
}

}  // namespace laneway
