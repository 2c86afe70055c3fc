#include "manager/sessions.h"

#include <algorithm>

#include "manager/hex.h"

namespace laneway {

bool Sessions::is_over(const Entry& entry, uint64_t now_ns) const {
  return now_ns - entry.used_ns > kIdleNs || now_ns - entry.began_ns > kLifeNs;
}

void Sessions::drop_over(uint64_t now_ns) {
  std::erase_if(entries_, [&](const auto& entry) { return is_over(entry.second, now_ns); });
}

std::string Sessions::begin(Session session) {
  const std::string cookie = random_hex(32);
  session.csrf_token = random_hex(32);
  const std::lock_guard lock(mutex_);
  const uint64_t now_ns = clock_.now_ns();
  drop_over(now_ns);
  while (entries_.size() >= kMax) {
    entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                    [](const auto& a, const auto& b) { return a.second.used_ns < b.second.used_ns; }));
  }
  entries_[sha256_hex(cookie)] = {std::move(session), now_ns, now_ns};
  return cookie;
}

std::optional<Session> Sessions::find(std::string_view cookie) {
  const std::string hash = sha256_hex(cookie);
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(hash);
  if (found == entries_.end()) return std::nullopt;
  const uint64_t now_ns = clock_.now_ns();
  if (is_over(found->second, now_ns)) {
    entries_.erase(found);
    return std::nullopt;
  }
  found->second.used_ns = now_ns;
  return found->second.session;
}

void Sessions::end(std::string_view cookie) {
  const std::lock_guard lock(mutex_);
  entries_.erase(sha256_hex(cookie));
}

void Sessions::end_all_of(std::string_view user) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.session.user == user; });
}

size_t Sessions::count() {
  const std::lock_guard lock(mutex_);
  drop_over(clock_.now_ns());
  return entries_.size();
}

}  // namespace laneway
