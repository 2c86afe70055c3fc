#include "enginectl/function_view.h"

#include <fmt/format.h>

#include <ostream>

#include "terminal/limit_view.h"
#include "terminal/path_view.h"
#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

std::string guest_text(const Json& function) {
  if (flag_at(function, "driver_active")) return "running";
  return flag_at(function, "attached") ? "attached" : "none";
}

// "ok", "degraded: out_of_space"
std::string health_text(const Json& function) {
  const Json& health = member(function, "health");
  const std::string reason = text_at(health, "reason");
  return reason.empty() ? text_at(health, "state") : text_at(health, "state") + ": " + reason;
}

// "gone 1, out_of_space 3"
std::string occurrences_text(const Json& occurrences) {
  std::string text;
  for (const auto& [reason, times] : occurrences.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, number_at(occurrences, reason));
  }
  return text;
}

std::string size_or_nothing(uint64_t bytes) { return bytes == 0 ? std::string() : size_text(bytes); }

std::string pid_text(const Json& connection) {
  const uint64_t pid = number_at(connection, "peer_pid");
  return pid == 0 ? std::string() : std::to_string(pid);
}

void print_rings(const Json& rings, const Json& reactors, std::ostream& out) {
  if (rings.empty()) return;
  out << '\n';
  Table table({{"RING", Table::Align::right},
               {"SIZE", Table::Align::right},
               {"REACTOR", Table::Align::right},
               {"ENABLED"},
               {"RUNNING"},
               {"IN FLIGHT", Table::Align::right}});
  for (const Json& ring : rings) {
    const uint64_t index = number_at(ring, "index");
    table.add({std::to_string(index), std::to_string(number_at(ring, "size")),
               index < reactors.size() ? to_line(reactors[index]) : std::string(),
               flag_at(ring, "enabled") ? "yes" : "no", flag_at(ring, "running") ? "yes" : "no",
               std::to_string(number_at(ring, "in_flight"))});
  }
  table.print(out);
}

// "0, 1, 0, 1"
std::string reactors_text(const Json& reactors) {
  std::string text;
  for (const Json& reactor : reactors) text += (text.empty() ? "" : ", ") + to_line(reactor);
  return text;
}

std::string deadline_text(uint64_t seconds) { return seconds == 0 ? "never" : fmt::format("{} s", seconds); }

}  // namespace

void print_function_list(const Json& functions, std::ostream& out) {
  if (functions.empty()) {
    out << "There are no functions yet; make one: laneway-enginectl vf create --help\n";
    return;
  }
  Table table({{"NAME"}, {"STATE"}, {"HEALTH"}, {"SIZE", Table::Align::right}, {"DISK"}, {"GUEST"}, {"SOCKET"}});
  for (const Json& function : functions) {
    table.add({text_at(function, "name"), text_at(function, "state"), health_text(function),
               size_or_nothing(number_at(function, "capacity_bytes")), text_at(function, "description"),
               guest_text(function), text_at(function, "socket_path")});
  }
  table.print(out);
  for (const Json& function : functions) {
    const std::string reason = text_at(function, "reason");
    if (!reason.empty()) out << '\n' << text_at(function, "name") << ": " << reason << '\n';
  }
}

void print_function(const Json& function, std::ostream& out) {
  const Json& connection = member(function, "connection");
  print_pairs(
      out, {{"Name", text_at(function, "name")},
            {"State", text_at(function, "state")},
            {"Reason", text_at(function, "reason")},
            {"Health", health_text(function)},
            {"What to do", text_at(member(function, "health"), "remedy")},
            {"So far", occurrences_text(member(member(function, "health"), "occurrences"))},
            {"Disk", text_at(function, "description")},
            {"Identity", text_at(function, "identity")},
            {"Size", size_or_nothing(number_at(function, "capacity_bytes"))},
            {"Sector", size_or_nothing(number_at(function, "block_bytes"))},
            {"Access", flag_at(function, "read_only") ? "read-only" : "read and write"},
            {"Serial", text_at(function, "serial")},
            {"Queues", fmt::format("{} of up to {}", number_at(function, "queues"), number_at(function, "queue_size"))},
            {"Cache", text_at(function, "cache")},
            {"Deadline", deadline_text(number_at(function, "deadline_s"))},
            {"Path policy", member(function, "paths").size() > 1 ? text_at(function, "path_policy") : std::string()},
            {"Limits", limits_text(member(function, "limits"))},
            {"Group", text_at(function, "group")},
            {"Socket", text_at(function, "socket_path")},
            {"Reactors", reactors_text(member(function, "queue_reactors"))},
            {"Guest", guest_text(function)},
            {"Guest's process", pid_text(connection)},
            {"Guest's memory", size_or_nothing(number_at(connection, "memory_bytes"))},
            {"Stopped because", text_at(connection, "broken_reason")}});
  if (!member(function, "paths").empty()) {
    out << '\n';
    print_path_table(member(function, "paths"), out);
  }
  print_rings(member(connection, "rings"), member(function, "queue_reactors"), out);
}

}  // namespace laneway
