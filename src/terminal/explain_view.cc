#include "terminal/explain_view.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <ostream>

#include "base/units.h"
#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

// In the order in which a request passes them.
constexpr std::array<const char*, 9> kStages = {"ring", "limit",    "path",   "engine", "target",
                                                "disk", "transfer", "return", "total"};

std::string clock_text(const Json& entry, uint64_t now_unix_s) {
  const auto time = static_cast<time_t>(now_unix_s - number_at(entry, "ago_ns") / kSecond);
  std::tm local{};
  ::localtime_r(&time, &local);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
}

std::string micros_text(const Json& value) {
  return value.is_null() ? std::string("-") : duration_text(value.get<uint64_t>() * kMicrosecond);
}

void print_figures(const char* title, const Json& figures, std::ostream& out) {
  std::string line;
  for (const auto& [name, value] : figures.items()) {
    if (value.is_null()) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", name, micros_text(value));
  }
  if (!line.empty()) out << fmt::format("    {}: {}\n", title, line);
}

void print_request(const Json& request, uint64_t now_unix_s, std::ostream& out) {
  const std::string status = text_at(request, "status");
  out << fmt::format("{}  {} of {} at sector {}, queue {}: {}{}\n", clock_text(request, now_unix_s),
                     text_at(request, "op"), size_text(number_at(request, "length_bytes")),
                     number_at(request, "sector"), number_at(request, "queue"),
                     micros_text(member(request, "total_us")),
                     status == "ok" ? std::string() : fmt::format(", and ended with: {}", status));
  for (const Json& reason : member(request, "says")) out << "    - " << reason.get<std::string>() << '\n';
  Json stages = Json::object();
  for (const auto& [name, value] : member(request, "stages_us").items()) {
    if (name != "total" && value != 0) stages[name] = value;
  }
  print_figures("stages", stages, out);
  print_figures("at the target, since it was taken", member(request, "pdus_us"), out);
}

}  // namespace

void print_stages(const Json& stages, std::ostream& out) {
  if (number_at(member(stages, "total"), "count") == 0) return;
  constexpr Table::Align kRight = Table::Align::right;
  Table table({{"STAGE"}, {"SAMPLES", kRight}, {"MEAN", kRight}, {"P50", kRight}, {"P99", kRight}, {"MAX", kRight}});
  for (const char* stage : kStages) {
    const Json& figures = member(stages, stage);
    if (figures.is_null()) continue;
    table.add({stage, count_text(number_at(figures, "count")), duration_text(number_at(figures, "mean_ns")),
               duration_text(number_at(figures, "p50_ns")), duration_text(number_at(figures, "p99_ns")),
               duration_text(number_at(figures, "max_ns"))});
  }
  out << '\n';
  table.print(out);
}

void print_explanation(const Json& explanation, size_t count_max, uint64_t now_unix_s, std::ostream& out) {
  const Json& requests = member(explanation, "requests");
  const std::string name = text_at(explanation, "name");
  const std::string slow = duration_text(number_at(explanation, "slow_ns"));
  if (requests.empty()) {
    out << fmt::format("No request of {} was slow: all took less than {}\n", name, slow);
    return print_stages(member(explanation, "stages"), out);
  }
  out << fmt::format("{} requests of {} were slow; slow is {} now. Some of them:\n\n",
                     count_text(number_at(explanation, "slow_requests")), name, slow);
  size_t shown = 0;
  for (const Json& request : requests) {
    if (shown++ == count_max) break;
    print_request(request, now_unix_s, out);
  }
  print_stages(member(explanation, "stages"), out);
}

void print_event(const Json& event, uint64_t now_unix_s, std::ostream& out) {
  out << fmt::format("{}  {:<7}  {:<13}  {}: {}\n", clock_text(event, now_unix_s), text_at(event, "severity"),
                     text_at(event, "kind"), text_at(event, "function"), text_at(event, "text"));
}

}  // namespace laneway
