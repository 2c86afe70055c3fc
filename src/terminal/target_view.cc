#include "terminal/target_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

namespace {

std::string seconds_at(const Json& target, const char* key) { return fmt::format("{} s", number_at(target, key)); }

// "a, b, c" of a list of strings.
std::string joined(const Json& list) {
  std::string text;
  for (const Json& item : list) {
    const std::string* word = item.get_ptr<const std::string*>();
    if (word != nullptr) text += (text.empty() ? "" : ", ") + *word;
  }
  return text;
}

// "digest 2, silence 1"
std::string faults_text(const Json& faults) {
  std::string text;
  for (const auto& [name, count] : faults.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, number_at(faults, name));
  }
  return text.empty() ? "none" : text;
}

}  // namespace

void print_discovered(const Json& discovered, std::ostream& out) {
  const Json& targets = member(discovered, "targets");
  if (targets.empty()) {
    out << "The portal offers this initiator no targets; check the array's access list for its name.\n";
    return;
  }
  Table table({{"TARGET"}, {"PORTAL"}, {"GROUP", Table::Align::right}});
  for (const Json& target : targets) {
    for (const Json& portal : member(target, "portals")) {
      table.add({text_at(target, "iqn"), text_at(portal, "address"), std::to_string(number_at(portal, "group"))});
    }
  }
  table.print(out);
}

void print_target_list(const Json& targets, std::ostream& out) {
  if (targets.empty()) {
    out << "No targets are remembered yet; find one: laneway target discover --help\n";
    return;
  }
  Table table({{"NAME"}, {"TARGET"}, {"PORTAL"}, {"CHAP"}, {"FUNCTIONS"}});
  for (const Json& target : targets) {
    table.add({text_at(target, "name"), text_at(target, "iqn"), text_at(target, "portal"), text_at(target, "chap_user"),
               joined(member(target, "functions"))});
  }
  table.print(out);
}

void print_target(const Json& target, std::ostream& out) {
  print_pairs(out, {{"Name", text_at(target, "name")},
                    {"Target", text_at(target, "iqn")},
                    {"Portal", text_at(target, "portal")},
                    {"CHAP user", text_at(target, "chap_user")},
                    {"Mutual CHAP user", text_at(target, "mutual_chap_user")},
                    {"CHAP algorithms", joined(member(target, "chap_algorithms"))},
                    {"Header digest", text_at(target, "header_digest")},
                    {"Data digest", text_at(target, "data_digest")},
                    {"Sessions", fmt::format("{} at most", number_at(target, "sessions_max"))},
                    {"Replacement timeout", seconds_at(target, "replacement_timeout_s")},
                    {"Noop", fmt::format("every {}, up to {}", seconds_at(target, "noop_interval_s"),
                                         seconds_at(target, "noop_timeout_s"))},
                    {"Login timeout", seconds_at(target, "login_timeout_s")},
                    {"LUNs", flag_at(target, "shared_luns")
                                 ? "shared with others, writes held " + seconds_at(target, "fence_delay_s")
                                 : "used by this engine alone"},
                    {"Functions", joined(member(target, "functions"))},
                    {"Lost sessions", faults_text(member(target, "session_faults"))}});
  out << '\n';
  const std::string failure = text_at(target, "luns_error");
  if (!failure.empty()) out << "The LUNs cannot be shown: " << failure << '\n';
  if (failure.empty()) print_luns(member(target, "luns"), out);
}

void print_luns(const Json& luns, std::ostream& out) {
  if (luns.empty()) {
    out << "The target shows this initiator no LUNs; check the array's mapping.\n";
    return;
  }
  Table table({{"LUN", Table::Align::right},
               {"SIZE", Table::Align::right},
               {"SECTOR", Table::Align::right},
               {"PRODUCT"},
               {"IDENTITY"},
               {"USED BY"}});
  for (const Json& lun : luns) {
    table.add({std::to_string(number_at(lun, "lun")), size_text(number_at(lun, "capacity_bytes")),
               std::to_string(number_at(lun, "block_bytes")),
               fmt::format("{} {}", text_at(lun, "vendor"), text_at(lun, "product")), text_at(lun, "identity"),
               text_at(lun, "function")});
  }
  table.print(out);
}

}  // namespace laneway
