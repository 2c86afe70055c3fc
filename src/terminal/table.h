#pragma once
// Table prints rows in aligned columns: text to the left, figures to the right. Widths count characters of UTF-8. Lives
// for one printing. One thread.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace laneway {

class Table {
 public:
  enum class Align : uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns; an empty cell prints as "-".
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(std::ostream& out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Prints "Title:   value" lines with the values aligned; pairs with an empty value are left out.
void print_pairs(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace laneway
