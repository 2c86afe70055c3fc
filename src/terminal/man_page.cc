#include "terminal/man_page.h"

#include <ostream>

namespace laneway {

namespace {

const auto kEach = [](const CLI::App*) { return true; };

// A backslash and a dash mean something to troff; so do a dot and a quote at the beginning of a line.
std::string escaped(const std::string& text) {
  std::string out;
  bool is_at_start = true;
  for (const char c : text) {
    if (is_at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') out += "\\e";
    if (c == '-') out += "\\-";
    if (c != '\\' && c != '-') out += c;
    is_at_start = c == '\n';
  }
  return out;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// "-o, --output table|json"
std::string usage_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
  const bool takes_value = option.get_items_expected_max() > 0;
  return takes_value && !option.get_type_name().empty() ? names + " " + option.get_type_name() : names;
}

void print_options(CLI::App& app, std::ostream& out) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || option->get_name() == "--help") continue;
    out << ".TP\n.B " << escaped(usage_of(*option)) << '\n' << escaped(option->get_description()) << '\n';
  }
  for (CLI::App* group : app.get_subcommands(kEach)) {
    if (group->get_name().empty()) print_options(*group, out);
  }
}

// "NAME [PATH]"
std::string positionals_of(CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = upper_case(option->get_name(true));
    words += option->get_required() ? " " + name : " [" + name + "]";
  }
  return words;
}

void print_command(CLI::App& app, const std::string& words, std::ostream& out) {
  out << ".SS " << escaped(words + positionals_of(app)) << '\n' << escaped(app.get_description()) << ".\n";
  const std::string footer = app.get_footer();
  if (!footer.empty()) out << ".PP\n.nf\n" << escaped(footer) << "\n.fi\n";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    out << ".TP\n.I " << escaped(upper_case(option->get_name(true))) << '\n'
        << escaped(option->get_description()) << '\n';
  }
  print_options(app, out);
}

void print_commands(CLI::App& app, const std::string& before, std::ostream& out) {
  for (CLI::App* each : app.get_subcommands(kEach)) {
    if (each->get_name().empty()) continue;
    const std::string words = before.empty() ? each->get_name() : before + " " + each->get_name();
    const auto is_named = [](const CLI::App* below) { return !below->get_name().empty(); };
    if (each->get_subcommands(is_named).empty()) {
      print_command(*each, words, out);
    } else {
      print_commands(*each, words, out);
    }
  }
}

}  // namespace

void print_manual(CLI::App& root, const ManualFacts& facts, std::ostream& out) {
  const std::string name = root.get_name();
  out << ".TH " << upper_case(name) << " 1 \"\" \"Laneway " << facts.version << "\" \"Laneway\"\n"
      << ".SH NAME\n"
      << escaped(name) << " \\- " << escaped(root.get_description()) << '\n'
      << ".SH SYNOPSIS\n.B " << escaped(name) << "\n[OPTIONS] COMMAND ...\n"
      << ".SH DESCRIPTION\n"
      << escaped(facts.description) << "\n.SH OPTIONS\nThey may also come last.\n";
  print_options(root, out);
  out << ".SH COMMANDS\n";
  print_commands(root, "", out);
  out << ".SH EXIT STATUS\n.nf\n" << escaped(facts.exit_codes) << "\n.fi\n.SH SEE ALSO\n" << facts.see_also << '\n';
}

}  // namespace laneway
