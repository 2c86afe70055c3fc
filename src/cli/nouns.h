#pragma once
// The table of nouns: which resources of the API the command line knows, what their lists show, and what can be done
// with them by the commands that all nouns share. A new resource is a row here; its options come from the API's
// document. A constant. Any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laneway {

// How a value looks to people.
enum class ValueStyle : uint8_t { text, size, count, list, yes_no, time, length };

struct NounColumn {
  const char* title;
  const char* field;  // "status.state"
  ValueStyle style = ValueStyle::text;
  bool is_wide = false;  // with -o wide only
};

struct Noun {
  const char* name;         // "vf"
  const char* kind;         // of the API's documents: "function"
  const char* plural;       // in paths: "functions"
  const char* value;        // what help calls a name of one, and completion offers: "FUNCTION"
  const char* description;  // of the group
  std::vector<NounColumn> columns;
  bool has_create = false;  // by the command that all share
  bool has_set = false;
  bool has_delete = false;
  const char* example = "";  // of create
  // In which order apply makes them; 0: apply and export leave them alone. What refers to others comes after them.
  uint32_t apply_order = 0;
};

const std::vector<Noun>& nouns();
const Noun* find_noun(std::string_view kind);  // null where there is none

}  // namespace laneway
