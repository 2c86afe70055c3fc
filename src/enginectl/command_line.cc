#include "enginectl/command_line.h"

#include <cstdlib>

#include "enginectl/commands.h"
#include "terminal/completion_command.h"
#include "terminal/man_page.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace laneway {

namespace {

// Names that the engine knows; none where it does not answer at once.
class EngineNames final : public NameSource {
 public:
  explicit EngineNames(EngineSession& session) : session_(session) {}
  std::vector<std::string> names_of(const std::string& kind) override {
    if (kind == kFunctionName) return ask("vf.list", "functions");
    if (kind == kGroupName) return ask("group.list", "groups");
    if (kind == kTargetName) return ask("target.list", "targets");
    return {};
  }

 private:
  std::vector<std::string> ask(const char* method, const char* list) {
    std::vector<std::string> names;
    const Result<Json> answer = session_.call(method, Json::object(), 2 * kSecond);
    if (!answer) return names;
    for (const Json& each : member(*answer, list)) names.push_back(text_at(each, "name"));
    return names;
  }

  EngineSession& session_;
};

constexpr const char* kExitCodes = "0 done\n1 the engine refused or failed it\n2 wrong usage\n3 no engine answers";
constexpr const char* kDescription =
    "Speaks with the engine alone, also where lanewayd is down. What lanewayd manages it puts back.";

ExitCode print_own_manual(CLI::App& root, std::ostream& out) {
  print_manual(root,
               {.version = LANEWAY_VERSION,
                .description = kDescription,
                .exit_codes = kExitCodes,
                .see_also = ".BR laneway (1)"},
               out);
  return ExitCode::ok;
}

ExitCode offer(CLI::App& root, EngineSession& session, const std::vector<std::string>& words) {
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--socket") session.socket_path = words[i + 1];
  }
  const char* from_environment = std::getenv("LANEWAY_SOCKET");
  if (session.socket_path.empty() && from_environment != nullptr) session.socket_path = from_environment;
  EngineNames names(session);
  print_candidates(root, words, names, session.out());
  return ExitCode::ok;
}

constexpr const char* kFooter =
    "Speaks with the engine alone, also where lanewayd is down; what lanewayd manages it puts back (see laneway).\n"
    "Examples:\n"
    "  laneway-enginectl engine status\n"
    "  laneway-enginectl target login iqn.2001-05.com.example:vol1 --portal 10.0.0.5:3260 --name vol1\n"
    "  laneway-enginectl vf create vm1 --target vol1 --lun 1\n"
    "  laneway-enginectl vf qemu-args vm1\n"
    "\n"
    "Every command explains itself: laneway-enginectl vf create --help\n"
    "Exit codes: 0 done, 1 the engine refused or failed it, 2 wrong usage, 3 no engine answers.";

void fill(EngineCommands& tree, EngineSession& session) {
  CLI::App& root = tree.root();
  root.set_version_flag("--version", std::string("laneway-enginectl ") + LANEWAY_VERSION);
  root.add_option("--socket", session.socket_path, "The engine's socket (default: the engine's own default)")
      ->envname("LANEWAY_SOCKET")
      ->type_name(kFilePath);
  add_choice(root, "-o,--output", session.output, "How to print: for people, or the engine's answer",
             {"table", "json"});
  root.footer(kFooter);
  add_engine_commands(tree);
  add_reactor_commands(tree);
  add_target_commands(tree);
  add_function_commands(tree);
  add_function_move_commands(tree);
  add_path_commands(tree);
  add_event_commands(tree);
  add_limit_commands(tree);
  add_completion_command(tree);
}

}  // namespace

int run_enginectl(const std::vector<std::string>& words, std::ostream& out, std::ostream& err) {
  EngineSession session(out, err);
  EngineCommands tree("laneway-enginectl", "Speaks with the engine, without lanewayd.");
  fill(tree, session);
  if (!words.empty() && words[0] == kManual) return static_cast<int>(print_own_manual(tree.root(), out));
  const bool is_shell = !words.empty() && words[0] == kComplete;
  return static_cast<int>(is_shell ? offer(tree.root(), session, words) : tree.run(words, session));
}

}  // namespace laneway
