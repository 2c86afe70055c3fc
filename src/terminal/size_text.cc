#include "terminal/size_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace laneway {

namespace {

constexpr std::string_view kLetters = "KMGTPE";

// A figure of at most one decimal, without ".0".
std::string short_figure(double value, std::string_view unit) {
  std::string figure = fmt::format("{:.1f}", value);
  if (figure.ends_with(".0")) figure.resize(figure.size() - 2);
  return fmt::format("{} {}", figure, unit);
}

}  // namespace

std::optional<uint64_t> parse_size(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (unit.empty()) return number;
  const char letter = unit[0] >= 'a' && unit[0] <= 'z' ? static_cast<char>(unit[0] - 'a' + 'A') : unit[0];
  const size_t power = kLetters.find(letter);
  unit.remove_prefix(1);
  if (power == std::string_view::npos || !(unit.empty() || unit == "iB")) return std::nullopt;
  const size_t shift = 10 * (power + 1);
  if (number > UINT64_MAX >> shift) return std::nullopt;
  return number << shift;
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  size_t power = 0;
  for (value /= 1024; value >= 1024 && power + 1 < kLetters.size(); value /= 1024) ++power;
  return short_figure(value, fmt::format("{}iB", kLetters[power]));
}

std::string duration_text(uint64_t duration_ns) {
  const auto value = static_cast<double>(duration_ns);
  if (duration_ns < 1000) return fmt::format("{} ns", duration_ns);
  if (duration_ns < 1000 * 1000) return fmt::format("{:.1f} us", value / 1e3);
  if (duration_ns < 1000 * 1000 * 1000) return fmt::format("{:.1f} ms", value / 1e6);
  return fmt::format("{:.1f} s", value / 1e9);
}

std::string uptime_text(uint64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 24 * 3600) return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{} d {} h", seconds / (24 * 3600), seconds % (24 * 3600) / 3600);
}

std::string count_text(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace laneway
