#include "terminal/limit_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <vector>

#include "base/units.h"
#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

std::string amount_text(uint64_t amount, bool is_in_bytes) {
  return is_in_bytes ? size_text(amount) : count_text(amount);
}

std::string maximums_text(const Json& limits) {
  struct Rate {
    const char* prefix;
    const char* key;
    bool is_in_bytes;
  };
  static constexpr Rate kRates[] = {
      {"", "iops", false}, {"reads ", "read_iops", false}, {"writes ", "write_iops", false},
      {"", "bytes", true}, {"reads ", "read_bytes", true}, {"writes ", "write_bytes", true}};
  const uint64_t duration_ms = number_at(limits, "burst_duration_ms");
  std::vector<std::string> parts;
  for (const Rate& rate : kRates) {
    const uint64_t max = number_at(limits, std::string(rate.key) + "_max");
    const uint64_t burst = number_at(limits, std::string(rate.key) + "_burst");
    if (max == 0) continue;
    std::string part =
        fmt::format("{}{}{}", rate.prefix, amount_text(max, rate.is_in_bytes), rate.is_in_bytes ? "/s" : " IOPS");
    if (burst != 0) part += fmt::format(" (burst {}", amount_text(burst, rate.is_in_bytes));
    if (burst != 0 && duration_ms != 0) part += " over " + duration_text(duration_ms * kMillisecond);
    if (burst != 0) part += ")";
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string minimums_text(const Json& limits) {
  const uint64_t iops = number_at(limits, "iops_min");
  const uint64_t bytes = number_at(limits, "bytes_min");
  if (iops == 0) return bytes == 0 ? std::string() : size_text(bytes) + "/s";
  return bytes == 0 ? count_text(iops) + " IOPS" : fmt::format("{} IOPS, {}/s", count_text(iops), size_text(bytes));
}

}  // namespace

std::string limits_text(const Json& limits) {
  std::string maximums = maximums_text(limits);
  const std::string minimums = minimums_text(limits);
  if (minimums.empty()) return maximums;
  return fmt::format("{}{}at least {}", maximums, maximums.empty() ? "" : ", ", minimums);
}

void print_function_limits(const Json& answer, std::ostream& out) {
  const Json& limits = member(answer, "limits");
  const std::string maximums = maximums_text(limits);
  print_pairs(out, {{"Name", text_at(answer, "name")},
                    {"At most", maximums.empty() ? "no limit" : maximums},
                    {"At least", minimums_text(limits)},
                    {"Group", text_at(answer, "group")},
                    {"Waiting now", count_text(number_at(answer, "waiting"))},
                    {"Held so far", fmt::format("{} requests, {} in all", count_text(number_at(answer, "held")),
                                                duration_text(number_at(answer, "held_ns")))}});
}

void print_group(const Json& group, std::ostream& out) {
  const std::string maximums = maximums_text(member(group, "limits"));
  print_pairs(out, {{"Name", text_at(group, "name")}, {"At most", maximums.empty() ? "no limit" : maximums}});
  const Json& members = member(group, "members");
  if (members.empty()) return;
  out << '\n';
  Table table({{"MEMBER"}, {"AT LEAST"}, {"AT MOST"}});
  for (const Json& each : members) {
    const Json& limits = member(each, "limits");
    table.add({text_at(each, "name"), minimums_text(limits), maximums_text(limits)});
  }
  table.print(out);
}

void print_groups(const Json& groups, std::ostream& out) {
  if (groups.empty()) {
    out << "There are no groups yet; make one: laneway group create --help\n";
    return;
  }
  Table table({{"NAME"}, {"MEMBERS", Table::Align::right}, {"AT MOST"}});
  for (const Json& group : groups) {
    table.add({text_at(group, "name"), std::to_string(member(group, "members").size()),
               maximums_text(member(group, "limits"))});
  }
  table.print(out);
}

}  // namespace laneway
