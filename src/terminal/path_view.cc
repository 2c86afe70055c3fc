#include "terminal/path_view.h"

#include <fmt/format.h>

#include <charconv>
#include <ostream>

#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

void print_path_table(const Json& paths, std::ostream& out) {
  Table table({{"PATH", Table::Align::right},
               {"STATE"},
               {"TARGET"},
               {"LUN", Table::Align::right},
               {"ADDRESS"},
               {"PREFERRED"},
               {"READ", Table::Align::right},
               {"WRITTEN", Table::Align::right},
               {"LOSSES", Table::Align::right}});
  for (const Json& path : paths) {
    uint64_t read_bytes = 0;
    uint64_t written_bytes = 0;
    uint64_t reconnects = 0;
    for (const Json& session : member(path, "sessions")) {
      read_bytes += number_at(session, "read_bytes");
      written_bytes += number_at(session, "written_bytes");
      reconnects += number_at(session, "reconnects");
    }
    const std::string address = text_at(path, "address");
    table.add({std::to_string(number_at(path, "path")), text_at(path, "state"), text_at(path, "target"),
               std::to_string(number_at(path, "lun")), address.empty() ? text_at(path, "portal") : address,
               flag_at(path, "preferred") ? "yes" : "no", size_text(read_bytes), size_text(written_bytes),
               std::to_string(reconnects)});
  }
  table.print(out);
  for (const Json& path : paths) {
    const std::string error = text_at(path, "error");
    if (!error.empty()) out << fmt::format("\nPath {}: {}\n", number_at(path, "path"), error);
  }
}

void print_paths(const Json& answer, std::ostream& out) {
  print_pairs(out, {{"Function", text_at(answer, "name")},
                    {"Policy", text_at(answer, "path_policy")},
                    {"Failback", fmt::format("after {} s", number_at(answer, "failback_s"))},
                    {"One task set", flag_at(answer, "one_task_set") ? "yes" : ""}});
  out << '\n';
  print_path_table(member(answer, "paths"), out);
}

Result<Json> decode_path_text(const std::string& text) {
  const size_t slash = text.find('/');
  const size_t at = text.find('@', slash == std::string::npos ? 0 : slash);
  const size_t lun_end = at == std::string::npos ? text.size() : at;
  uint64_t lun = 0;
  bool is_right = slash != std::string::npos && slash > 0 && slash + 1 < lun_end && at + 1 != text.size();
  if (is_right) {
    const char* const end = text.data() + lun_end;
    const auto [stop, failure] = std::from_chars(text.data() + slash + 1, end, lun);
    is_right = failure == std::errc() && stop == end;
  }
  if (!is_right) {
    return fail(ErrorCode::invalid_argument, "'{}' is no path; give TARGET/LUN or TARGET/LUN@HOST:PORT.", text);
  }
  Json path = {{"target", text.substr(0, slash)}, {"lun", lun}};
  if (at != std::string::npos) path["portal"] = text.substr(at + 1);
  return path;
}

}  // namespace laneway
