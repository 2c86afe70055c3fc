#pragma once
// The engine's log, for operators: one line says subject, fact, consequence and next step. Never used per I/O; lines
// that a guest or a peer can cause go through a LogGate. Lines go to standard error, with journald's priority prefix
// where standard error is the journal. Any thread.

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace laneway {

enum class LogLevel : uint8_t { debug, info, warning, error };

void set_log_level(LogLevel lowest);
bool is_logged(LogLevel level);
void log_line(LogLevel level, std::string_view text);

template <typename... Args>
void log_at(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (is_logged(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::debug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::info, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::warning, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_at(LogLevel::error, format, std::forward<Args>(args)...);
}

// LogGate lets a burst of lines through and then at most one a period, and says how many it held back. Held by the
// object whose guest or peer can cause the line. One thread.
class LogGate {
 public:
  LogGate(uint32_t burst, uint64_t period_ns) : burst_(burst), period_ns_(period_ns) {}

  // True where the line may be written now; `held_back` is then the number of lines suppressed since the last one.
  bool admit(uint64_t now_ns, uint64_t& held_back);

 private:
  uint32_t burst_;
  uint64_t period_ns_;
  uint32_t admitted_ = 0;
  uint64_t last_ns_ = 0;
  uint64_t held_back_ = 0;
};

}  // namespace laneway
