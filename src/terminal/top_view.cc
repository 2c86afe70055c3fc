#include "terminal/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

const Json& find_function(const Json& stats, const std::string& name) {
  static const Json kNone;
  for (const Json& function : member(stats, "functions")) {
    if (text_at(function, "name") == name) return function;
  }
  return kNone;
}

uint64_t per_second(const Json& before, const Json& after, const char* key, uint64_t interval_ns) {
  const uint64_t now = number_at(after, key);
  const uint64_t then = number_at(before, key);
  const uint64_t grown = now >= then ? now - then : now;
  return static_cast<uint64_t>(static_cast<double>(grown) * 1e9 / static_cast<double>(interval_ns));
}

// What a sampled request spent in each stage on average.
Json stage_means(const Json& before, const Json& after) {
  Json means = Json::object();
  for (const auto& [stage, now] : member(after, "stages").items()) {
    const Json& then = member(member(before, "stages"), stage);
    // Opened again in between: all that is there is new.
    const bool is_older = number_at(then, "count") <= number_at(now, "count");
    const uint64_t count = number_at(now, "count") - (is_older ? number_at(then, "count") : 0);
    const uint64_t total_ns = number_at(now, "total_ns") - (is_older ? number_at(then, "total_ns") : 0);
    if (count > 0) means[stage] = total_ns / count;
  }
  return means;
}

std::string stage_text(const Json& function, const char* stage, const char* other = "") {
  const Json& means = member(function, "stage_means_ns");
  const Json& mean = member(means, stage).is_null() ? member(means, other) : member(means, stage);
  return mean.is_null() ? std::string() : duration_text(mean.get<uint64_t>());
}

}  // namespace

Json top_rates(const TopSample& before, const TopSample& after) {
  const uint64_t interval_ns = std::max<uint64_t>(after.time_ns - before.time_ns, 1);
  Json functions = Json::array();
  for (const Json& now : member(after.stats, "functions")) {
    const Json& then = find_function(before.stats, text_at(now, "name"));
    const auto rate = [&](const char* key) { return per_second(then, now, key, interval_ns); };
    functions.push_back({{"name", text_at(now, "name")},
                         {"state", text_at(now, "state")},
                         {"read_iops", rate("reads")},
                         {"write_iops", rate("writes")},
                         {"read_bytes_per_s", rate("read_bytes")},
                         {"write_bytes_per_s", rate("write_bytes")},
                         {"errors_per_s", rate("errors")},
                         {"in_flight", number_at(now, "in_flight")},
                         {"stage_means_ns", stage_means(then, now)},
                         {"read_p99_ns", number_at(member(now, "read_latency"), "p99_ns")},
                         {"write_p99_ns", number_at(member(now, "write_latency"), "p99_ns")}});
  }
  return {{"functions", functions}, {"interval_ns", interval_ns}};
}

void print_top_stages(const Json& rates, std::ostream& out) {
  constexpr Table::Align kRight = Table::Align::right;
  Table table({{"NAME"},
               {"REQUESTS/s", kRight},
               {"TOTAL", kRight},
               {"RING", kRight},
               {"LIMIT", kRight},
               {"PATH", kRight},
               {"ENGINE", kRight},
               {"TARGET/DISK", kRight},
               {"TRANSFER", kRight},
               {"RETURN", kRight}});
  for (const Json& function : member(rates, "functions")) {
    table.add({text_at(function, "name"),
               count_text(number_at(function, "read_iops") + number_at(function, "write_iops")),
               stage_text(function, "total"), stage_text(function, "ring"), stage_text(function, "limit"),
               stage_text(function, "path"), stage_text(function, "engine"), stage_text(function, "target", "disk"),
               stage_text(function, "transfer"), stage_text(function, "return")});
  }
  table.print(out);
}

void print_top(const Json& rates, std::ostream& out) {
  Table table({{"NAME"},
               {"STATE"},
               {"READ/s", Table::Align::right},
               {"WRITE/s", Table::Align::right},
               {"READ B/s", Table::Align::right},
               {"WRITE B/s", Table::Align::right},
               {"IN FLIGHT", Table::Align::right},
               {"READ P99", Table::Align::right},
               {"WRITE P99", Table::Align::right},
               {"ERRORS/s", Table::Align::right}});
  for (const Json& function : member(rates, "functions")) {
    const auto number = [&](const char* key) { return number_at(function, key); };
    table.add({text_at(function, "name"), text_at(function, "state"), count_text(number("read_iops")),
               count_text(number("write_iops")), size_text(number("read_bytes_per_s")),
               size_text(number("write_bytes_per_s")), count_text(number("in_flight")),
               duration_text(number("read_p99_ns")), duration_text(number("write_p99_ns")),
               count_text(number("errors_per_s"))});
  }
  table.print(out);
}

}  // namespace laneway
