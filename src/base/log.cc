#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

namespace laneway {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// The journal's own priority prefix for one line (sd-daemon(3)).
std::string_view journal_prefix(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "<7>";
    case LogLevel::info:
      return "<6>";
    case LogLevel::warning:
      return "<4>";
    case LogLevel::error:
      return "<3>";
  }
  return "<3>";
}

struct Log {
  Log() : goes_to_journal(std::getenv("JOURNAL_STREAM") != nullptr) {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    logger = std::make_unique<spdlog::logger>("laneway", std::move(sink));
    logger->set_pattern(goes_to_journal ? "%v" : "%Y-%m-%d %H:%M:%S.%e %-7l %v");
    logger->set_level(spdlog::level::info);
  }
  bool goes_to_journal;
  std::unique_ptr<spdlog::logger> logger;
};

Log& log() {
  static Log instance;
  return instance;
}

}  // namespace

void set_log_level(LogLevel lowest) { log().logger->set_level(spdlog_level(lowest)); }

bool is_logged(LogLevel level) { return log().logger->should_log(spdlog_level(level)); }

void log_line(LogLevel level, std::string_view text) {
  const std::string_view prefix = log().goes_to_journal ? journal_prefix(level) : std::string_view();
  log().logger->log(spdlog_level(level), "{}{}", prefix, text);
}

bool LogGate::admit(uint64_t now_ns, uint64_t& held_back) {
  const bool is_new_period = now_ns - last_ns_ >= period_ns_;
  if (!is_new_period && admitted_ >= burst_) {
    ++held_back_;
    return false;
  }
  if (is_new_period && admitted_ >= burst_ && burst_ > 0) admitted_ = burst_ - 1;
  ++admitted_;
  last_ns_ = now_ns;
  held_back = std::exchange(held_back_, 0);
  return true;
}

}  // namespace laneway
