#include "cli/difference.h"

#include <algorithm>
#include <ostream>

namespace laneway {

namespace {

std::string below(const std::string& field, const std::string& key) { return field.empty() ? key : field + "." + key; }

void collect(const std::string& field, const Json& before, const Json& after, std::vector<FieldDifference>& all);

void collect_members(const std::string& field, const Json& before, const Json& after,
                     std::vector<FieldDifference>& all) {
  for (const auto& [key, value] : before.items()) collect(below(field, key), value, member(after, key), all);
  for (const auto& [key, value] : after.items()) {
    if (!before.contains(key)) collect(below(field, key), Json(), value, all);
  }
}

void collect_items(const std::string& field, const Json& before, const Json& after, std::vector<FieldDifference>& all) {
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const Json was = i < before.size() ? before[i] : Json();
    const Json is = i < after.size() ? after[i] : Json();
    collect(field + "[" + std::to_string(i) + "]", was, is, all);
  }
}

void collect(const std::string& field, const Json& before, const Json& after, std::vector<FieldDifference>& all) {
  if (before == after) return;
  // An object that comes or goes is shown by its members.
  const bool is_object = (before.is_object() || before.is_null()) && (after.is_object() || after.is_null());
  if (is_object && !(before.empty() && after.empty())) {
    return collect_members(field, before.is_null() ? Json::object() : before, after.is_null() ? Json::object() : after,
                           all);
  }
  if (before.is_array() && after.is_array()) return collect_items(field, before, after, all);
  all.push_back({field, before, after});
}

}  // namespace

std::vector<FieldDifference> differences(const Json& before, const Json& after) {
  std::vector<FieldDifference> all;
  collect("", before, after, all);
  return all;
}

void print_differences(const std::vector<FieldDifference>& all, std::ostream& out) {
  for (const FieldDifference& each : all) {
    if (each.before.is_null()) {
      out << "  + " << each.field << ": " << to_line(each.after) << '\n';
    } else if (each.after.is_null()) {
      out << "  - " << each.field << ": " << to_line(each.before) << '\n';
    } else {
      out << "  ~ " << each.field << ": " << to_line(each.before) << " -> " << to_line(each.after) << '\n';
    }
  }
}

}  // namespace laneway
