#include "cli/document_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "terminal/limit_view.h"
#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Rows of a table of objects: as many as people read.
constexpr size_t kInlineMax = 12;

// "queue_size" is "Queue size".
std::string title_of(std::string field) {
  for (const char* unit : {"_bytes", "_ns", "_s", "_ms"}) {
    if (field.ends_with(unit)) field.resize(field.size() - std::string_view(unit).size());
  }
  std::replace(field.begin(), field.end(), '_', ' ');
  if (!field.empty() && field[0] >= 'a' && field[0] <= 'z') field[0] = static_cast<char>(field[0] - 'a' + 'A');
  return field;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string by_name(const std::string& field, const Json& value) {
  if (!value.is_number()) return value_text(value, value.is_boolean() ? ValueStyle::yes_no : ValueStyle::text);
  if (field.ends_with("_bytes")) return value_text(value, ValueStyle::size);
  if (field.ends_with("_s")) return to_line(value) + " s";
  return to_line(value);
}

bool is_table(const Json& value) { return value.is_array() && !value.empty() && value.front().is_object(); }

void add_pairs(const std::string& prefix, const Json& object, Pairs& pairs) {
  for (const auto& [key, value] : object.items()) {
    const std::string title = prefix.empty() ? title_of(key) : prefix + " " + title_of(key);
    if (key == "limits") {
      pairs.emplace_back(title, limits_text(value));
    } else if (value.is_object()) {
      add_pairs(title, value, pairs);
    } else if (!is_table(value)) {
      pairs.emplace_back(title, by_name(key, value));
    }
  }
}

// Titles are the members that any of them has.
void print_objects(const std::string& title, const Json& list, std::ostream& out) {
  std::vector<std::string> keys;
  for (const Json& each : list) {
    for (const auto& [key, value] : each.items()) {
      if (!value.is_structured() && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  if (keys.size() > kInlineMax) keys.resize(kInlineMax);
  std::vector<Table::Column> columns;
  for (const std::string& key : keys) {
    const bool is_number = member(list.front(), key).is_number();
    columns.push_back({upper(title_of(key)), is_number ? Table::Align::right : Table::Align::left});
  }
  Table table(std::move(columns));
  for (const Json& each : list) {
    std::vector<std::string> cells;
    for (const std::string& key : keys) cells.push_back(by_name(key, member(each, key)));
    table.add(std::move(cells));
  }
  out << '\n' << title << '\n';
  table.print(out);
}

void print_tables(const Json& object, std::ostream& out) {
  for (const auto& [key, value] : object.items()) {
    if (is_table(value)) print_objects(title_of(key), value, out);
  }
}

}  // namespace

const Json& field_at(const Json& document, std::string_view field) {
  const Json* at = &document;
  while (!field.empty()) {
    const size_t dot = field.find('.');
    at = &member(*at, field.substr(0, dot));
    field = dot == std::string_view::npos ? std::string_view() : field.substr(dot + 1);
  }
  return *at;
}

std::string value_text(const Json& value, ValueStyle style) {
  if (value.is_null()) return "";
  if (style == ValueStyle::length) return value.is_array() ? std::to_string(value.size()) : "";
  if (style == ValueStyle::yes_no && value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (style == ValueStyle::size && is_natural(value)) return size_text(value.get<uint64_t>());
  if (style == ValueStyle::count && is_natural(value)) return count_text(value.get<uint64_t>());
  if (value.is_array()) {
    std::string all;
    for (const Json& each : value) all += (all.empty() ? "" : ", ") + value_text(each, ValueStyle::text);
    return all;
  }
  const std::string* text = value.get_ptr<const std::string*>();
  if (text == nullptr) return to_line(value);
  // "2026-11-23T20:10:00.000Z" to seconds.
  if (style == ValueStyle::time && text->size() == 24) return text->substr(0, 10) + " " + text->substr(11, 8);
  return *text;
}

void print_list(const Noun& noun, const Json& items, bool is_wide, std::ostream& out) {
  if (items.empty()) {
    out << fmt::format("There are no {}.\n", noun.plural);
    return;
  }
  std::vector<Table::Column> columns;
  for (const NounColumn& column : noun.columns) {
    const bool is_figure =
        column.style == ValueStyle::size || column.style == ValueStyle::count || column.style == ValueStyle::length;
    if (is_wide || !column.is_wide)
      columns.push_back({column.title, is_figure ? Table::Align::right : Table::Align::left});
  }
  Table table(std::move(columns));
  for (const Json& item : items) {
    std::vector<std::string> cells;
    for (const NounColumn& column : noun.columns) {
      if (is_wide || !column.is_wide) cells.push_back(value_text(field_at(item, column.field), column.style));
    }
    table.add(std::move(cells));
  }
  table.print(out);
  for (const Json& item : items) {
    const std::string reason = text_at(member(item, "status"), "reason");
    if (!reason.empty()) out << '\n' << text_at(item, "name") << ": " << reason << '\n';
  }
}

void print_document(const Noun& noun, const Json& document, std::ostream& out) {
  Pairs pairs = {{"Name", text_at(document, "name")},
                 {"Kind", noun.kind},
                 {"Created", value_text(member(document, "created_at"), ValueStyle::time)}};
  add_pairs("", member(document, "status"), pairs);
  print_pairs(out, pairs);
  const Json& spec = member(document, "spec");
  if (!spec.empty()) {
    Pairs wanted;
    add_pairs("", spec, wanted);
    out << "\nAs it is wanted\n";
    print_pairs(out, wanted);
  }
  print_tables(spec, out);
  print_tables(member(document, "status"), out);
}

}  // namespace laneway
