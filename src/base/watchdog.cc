#include "base/watchdog.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string>

namespace laneway {

namespace {

uint64_t take_number(const char* name) {
  const char* value = std::getenv(name);
  const std::string text = value != nullptr ? value : "";
  (void)::unsetenv(name);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Watchdog Watchdog::of_environment() {
  const uint64_t limit_us = take_number("WATCHDOG_USEC");
  const uint64_t pid = take_number("WATCHDOG_PID");
  const bool is_ours = pid == 0 || pid == static_cast<uint64_t>(::getpid());
  return Watchdog(is_ours ? limit_us * kMicrosecond : 0);
}

void Watchdog::tell_if_due(ServiceManager& manager, uint64_t now_ns) {
  if (now_ns < due_ns_) return;
  if (manager.tell("WATCHDOG=1", -1) != 0) return postpone(now_ns);
  due_ns_ = now_ns + limit_ns_ / 3;
}

void Watchdog::postpone(uint64_t now_ns) { due_ns_ = now_ns + limit_ns_ / 20; }

}  // namespace laneway
