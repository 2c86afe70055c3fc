#include "cli/command_line.h"

#include <fmt/ranges.h>

#include <cstdlib>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/size_text.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace laneway {

namespace {

// The hidden first word by which shells ask for candidates.
constexpr const char* kComplete = "__complete";

// Names that the engine knows; none where it does not answer at once.
class EngineNames final : public NameSource {
 public:
  explicit EngineNames(Session& session) : session_(session) {}
  std::vector<std::string> function_names() override { return names_of("vf.list", "functions"); }
  std::vector<std::string> group_names() override { return names_of("group.list", "groups"); }
  std::vector<std::string> target_names() override { return names_of("target.list", "targets"); }

 private:
  std::vector<std::string> names_of(const char* method, const char* list) {
    std::vector<std::string> names;
    const Result<Json> answer = session_.call(method, Json::object(), 2 * kSecond);
    if (!answer) return names;
    for (const Json& each : member(*answer, list)) names.push_back(text_at(each, "name"));
    return names;
  }

  Session& session_;
};

int print_candidates(CommandTree& tree, Session& session, std::vector<std::string> words) {
  words.erase(words.begin());
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--socket") session.socket_path = words[i + 1];
  }
  const char* from_environment = std::getenv("LANEWAY_SOCKET");
  if (session.socket_path.empty() && from_environment != nullptr) session.socket_path = from_environment;
  EngineNames names(session);
  for (const Candidate& each : complete(tree.root(), words, names)) {
    session.out() << each.word << '\t' << each.description << '\n';
  }
  return static_cast<int>(ExitCode::ok);
}

// One sentence about what is wrong, or the help of a group whose command is missing.
ExitCode explain_usage(CLI::App& root, const CLI::ParseError& error, std::ostream& err) {
  CLI::App* app = &root;
  std::string command = "laneway";
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    command += " " + app->get_name();
  }
  const std::vector<std::string> unknown = root.remaining(true);
  if (!unknown.empty()) {
    err << "laneway: '" << unknown.front() << "' is not known to " << command << "; " << command
        << " --help explains.\n";
    return ExitCode::usage;
  }
  const bool is_group = !app->get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); }).empty();
  if (is_group && error.get_name() == "RequiredError") {
    err << app->help(app == &root ? "" : command.substr(0, command.rfind(' ')));
    return ExitCode::usage;
  }
  std::string reason = error.what();
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  err << "laneway: " << reason << "; " << command << " --help explains.\n";
  return ExitCode::usage;
}

constexpr const char* kFooter =
    "Examples:\n"
    "  laneway engine status\n"
    "  laneway target discover 10.0.0.5\n"
    "  laneway target login iqn.2001-05.com.example:vol1 --portal 10.0.0.5:3260 --name vol1\n"
    "  laneway vf create vm1 --target vol1 --lun 1\n"
    "  laneway vf qemu-args vm1\n"
    "\n"
    "Every command explains itself: laneway vf create --help\n"
    "Exit codes: 0 done, 1 the engine refused or failed it, 2 wrong usage, 3 no engine answers.";

}  // namespace

CommandTree::CommandTree(Session& session) : root_("Gives virtual machines their own lanes to storage.", "laneway") {
  root_.set_version_flag("--version", std::string("laneway ") + LANEWAY_VERSION);
  root_.add_option("--socket", session.socket_path, "The engine's socket (default: the engine's own default)")
      ->envname("LANEWAY_SOCKET")
      ->type_name(kFilePath);
  add_choice(root_, "-o,--output", session.output, "How to print: for people, or the engine's answer",
             {"table", "json"});
  root_.footer(kFooter);
  root_.require_subcommand(1);
  add_engine_commands(*this);
  add_reactor_commands(*this);
  add_target_commands(*this);
  add_function_commands(*this);
  add_function_move_commands(*this);
  add_path_commands(*this);
  add_function_stat_commands(*this);
  add_explain_commands(*this);
  add_limit_commands(*this);
  add_function_guest_commands(*this);
  add_bench_command(*this);
  add_completion_commands(*this);
}

CLI::App& CommandTree::add_group(const std::string& name, const std::string& description) {
  CLI::App* group = root_.add_subcommand(name, description);
  group->footer("");
  group->require_subcommand(1);
  group->fallthrough();
  return *group;
}

CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value, const std::string& description,
                        const std::vector<std::string>& choices) {
  return app.add_option(name, value, description)
      ->check(CLI::IsMember(choices).description(""))
      ->type_name(fmt::format("{}", fmt::join(choices, "|")));
}

CLI::Option* add_size(CLI::App& app, const std::string& name, uint64_t& bytes, const std::string& description) {
  const auto read = [&bytes](const std::string& text) {
    const std::optional<uint64_t> size = parse_size(text);
    if (size) bytes = *size;
    if (!size) throw CLI::ValidationError(text + " is no size; give a number with K, M, G or T, such as 10G");
    return true;
  };
  return app.add_option_function<std::string>(name, read, description)->type_name(kSize);
}

int run_command_line(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  Session session(out, err);
  CommandTree tree(session);
  if (!arguments.empty() && arguments[0] == kComplete) return print_candidates(tree, session, arguments);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // the order the parser wants
    tree.root().parse(reversed);
  } catch (const CLI::ParseError& error) {
    // Help and the version come as errors of code 0.
    if (error.get_exit_code() == 0) return tree.root().exit(error, out, err);
    return static_cast<int>(explain_usage(tree.root(), error, err));
  }
  for (const RunnableCommand& each : tree.commands()) {
    if (each.app->parsed()) return static_cast<int>(each.command->run(session));
  }
  return static_cast<int>(ExitCode::usage);
}

}  // namespace laneway
