#include "terminal/table.h"

#include <algorithm>
#include <ostream>

namespace laneway {

namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no room.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padding(const std::string& text, size_t to_width) {
  return std::string(to_width > width(text) ? to_width - width(text) : 0, ' ');
}

const std::string& shown(const std::string& cell) {
  static const std::string kNothing = "-";
  return cell.empty() ? kNothing : cell;
}

}  // namespace

void Table::print(std::ostream& out) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, width(shown(row[i])));
    widths.push_back(widest);
  }
  const auto print_row = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const bool is_right = columns_[i].align == Align::right;
      if (is_right) line += padding(cell, widths[i]) + cell;
      if (!is_right) line += cell + padding(cell, widths[i]);
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row([&](size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) print_row([&](size_t i) -> const std::string& { return shown(row[i]); });
}

void print_pairs(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& pairs) {
  size_t widest = 0;
  for (const auto& [title, value] : pairs) {
    if (!value.empty()) widest = std::max(widest, width(title));
  }
  for (const auto& [title, value] : pairs) {
    if (!value.empty()) out << title << ':' << padding(title, widest) << "  " << value << '\n';
  }
}

}  // namespace laneway
