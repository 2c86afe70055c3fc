#include "terminal/command_tree.h"

#include <ostream>

namespace laneway {

namespace {

bool has_commands(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); }).empty();
}

// One sentence about what is wrong, or the help of a group whose command is missing.
ExitCode explain_usage(CLI::App& root, const CLI::ParseError& error, Printer& printer) {
  CLI::App* app = &root;
  std::string command = printer.program();
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    command += " " + app->get_name();
  }
  const std::vector<std::string> unknown = root.remaining(true);
  if (!unknown.empty()) {
    return printer.report_usage("'" + unknown.front() + "' is not known to " + command + "; " + command +
                                " --help explains.");
  }
  if (has_commands(*app) && error.get_name() == "RequiredError") {
    printer.err() << app->help(app == &root ? "" : command.substr(0, command.rfind(' ')));
    return ExitCode::usage;
  }
  std::string reason = error.what();
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  return printer.report_usage(reason + "; " + command + " --help explains.");
}

}  // namespace

CLI::App& add_command_group(CLI::App& root, const std::string& name, const std::string& description) {
  CLI::App* group = root.add_subcommand(name, description);
  group->footer("");
  group->require_subcommand(1);
  group->fallthrough();
  return *group;
}

std::optional<ExitCode> parse_words(CLI::App& root, const std::vector<std::string>& words, Printer& printer) {
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // the order the parser wants
    root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    // Help and the version come as errors of code 0.
    if (error.get_exit_code() != 0) return explain_usage(root, error, printer);
    root.exit(error, printer.out(), printer.err());
    return ExitCode::ok;
  }
  return std::nullopt;
}

}  // namespace laneway
