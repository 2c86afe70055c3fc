#include "terminal/stats_view.h"

#include <fmt/format.h>

#include <ostream>

#include "terminal/explain_view.h"
#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

void add_latency_row(Table& table, const char* title, const Json& latency) {
  if (number_at(latency, "count") == 0) return;
  const auto cell = [&](const char* key) { return duration_text(number_at(latency, key)); };
  table.add({title, count_text(number_at(latency, "count")), cell("mean_ns"), cell("p50_ns"), cell("p99_ns"),
             cell("p999_ns"), cell("max_ns")});
}

std::string operations_text(const Json& stats, const char* count_key, const char* bytes_key) {
  const std::string count = count_text(number_at(stats, count_key));
  return bytes_key == nullptr ? count : fmt::format("{} ({})", count, size_text(number_at(stats, bytes_key)));
}

}  // namespace

void print_function_stats(const Json& stats, std::ostream& out) {
  print_pairs(out, {{"Reads", operations_text(stats, "reads", "read_bytes")},
                    {"Writes", operations_text(stats, "writes", "write_bytes")},
                    {"Flushes", operations_text(stats, "flushes", nullptr)},
                    {"Discards", operations_text(stats, "discards", "discard_bytes")},
                    {"Write zeroes", operations_text(stats, "write_zeroes", "write_zeroes_bytes")},
                    {"In flight", operations_text(stats, "in_flight", nullptr)},
                    {"Processor time", duration_text(number_at(stats, "cpu_ns"))},
                    {"Held by limits", operations_text(stats, "held", nullptr)},
                    {"Waiting for limits", operations_text(stats, "waiting", nullptr)},
                    {"Errors", operations_text(stats, "errors", nullptr)},
                    {"Timed out", operations_text(stats, "timeouts", nullptr)},
                    {"Refused", operations_text(stats, "refused", nullptr)},
                    {"Guest's kicks", operations_text(stats, "kicks", nullptr)},
                    {"Interrupts", operations_text(stats, "calls", nullptr)},
                    {"Ring errors", operations_text(stats, "ring_errors", nullptr)},
                    {"Connections", operations_text(stats, "connections", nullptr)}});
  Table table({{"LATENCY"},
               {"COUNT", Table::Align::right},
               {"MEAN", Table::Align::right},
               {"P50", Table::Align::right},
               {"P99", Table::Align::right},
               {"P99.9", Table::Align::right},
               {"MAX", Table::Align::right}});
  add_latency_row(table, "read", member(stats, "read_latency"));
  add_latency_row(table, "write", member(stats, "write_latency"));
  add_latency_row(table, "flush", member(stats, "flush_latency"));
  out << '\n';
  table.print(out);
  print_stages(member(stats, "stages"), out);
}

}  // namespace laneway
