#include "cli/command_line.h"

#include <cstdlib>
#include <ostream>

#include "cli/commands.h"
#include "terminal/completion_command.h"
#include "terminal/man_page.h"

#ifndef LANEWAY_VERSION
#define LANEWAY_VERSION "development"
#endif

namespace laneway {

namespace {

// Names that lanewayd knows; none where it does not answer.
class ApiNames final : public NameSource {
 public:
  explicit ApiNames(ApiSession& session) : session_(session) {}

  std::vector<std::string> names_of(const std::string& kind) override {
    if (kind == "TASK") return ask("/tasks?limit=20", "id");
    if (kind == "IMAGE") return ask("/images", "name");
    for (const Noun& noun : nouns()) {
      if (kind == noun.value) return ask(std::string("/") + noun.plural + "?limit=1000", "name");
    }
    return {};
  }

 private:
  std::vector<std::string> ask(const std::string& path, const char* member_name) {
    std::vector<std::string> names;
    const Result<ApiAnswer> answer = session_.ask({.path = path, .time_limit_ns = 2 * kSecond});
    if (!answer) return names;
    for (const Json& each : member(answer->body, "items")) names.push_back(text_at(each, member_name));
    return names;
  }

  ApiSession& session_;
};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

constexpr const char* kExitCodes =
    "0 done\n1 refused or failed\n2 wrong usage\n3 lanewayd does not answer\n4 still under way";
constexpr const char* kDescription =
    "Speaks with lanewayd, the control plane: over its unix socket, where root and the members of the group laneway "
    "are\n"
    "administrators, or over HTTPS with a token. A change is stored at once and brought to the engine by a task, which "
    "the\n"
    "command waits for.";

ExitCode print_own_manual(CLI::App& root, std::ostream& out) {
  print_manual(root,
               {.version = LANEWAY_VERSION,
                .description = kDescription,
                .exit_codes = kExitCodes,
                .see_also = ".BR laneway\\-enginectl (1)"},
               out);
  return ExitCode::ok;
}

ExitCode offer(CLI::App& root, ApiSession& session, const std::vector<std::string>& words) {
  session.url = from_environment("LANEWAY_URL");
  session.token_file = from_environment("LANEWAY_TOKEN_FILE");
  session.ca_file = from_environment("LANEWAY_CA_FILE");
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--url") session.url = words[i + 1];
    if (words[i] == "--token-file") session.token_file = words[i + 1];
    if (words[i] == "--ca-file") session.ca_file = words[i + 1];
  }
  ApiNames names(session);
  print_candidates(root, words, names, session.out());
  return ExitCode::ok;
}

constexpr const char* kFooter =
    "Examples:\n"
    "  laneway target discover 10.0.0.5\n"
    "  laneway target create vol1 --iqn iqn.2001-05.com.example:vol1 --portal 10.0.0.5:3260\n"
    "  laneway vf create vm1 --target vol1 --lun 1\n"
    "  laneway vf qemu-args vm1\n"
    "  laneway vf list --watch\n"
    "\n"
    "Every command explains itself: laneway vf create --help\n"
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 lanewayd does not answer, 4 still under way.";

void fill(ApiCommands& tree, ApiSession& session, const SpecSchema& schema) {
  CLI::App& root = tree.root();
  root.set_version_flag("--version", std::string("laneway ") + LANEWAY_VERSION);
  root.add_option("--url", session.url, "lanewayd: https://HOST:PORT or unix:PATH (default: this host's)")
      ->envname("LANEWAY_URL")
      ->type_name("URL");
  root.add_option("--token-file", session.token_file, "File whose first line is the token (or it is in LANEWAY_TOKEN)")
      ->envname("LANEWAY_TOKEN_FILE")
      ->type_name(kFilePath);
  root.add_option("--ca-file", session.ca_file,
                  "PEM: whose signature lanewayd's certificate has (default: the system's)")
      ->envname("LANEWAY_CA_FILE")
      ->type_name(kFilePath);
  add_choice(root, "-o,--output", session.output, "How to print: for people, with more columns, or for programs",
             {"table", "wide", "json", "yaml"});
  root.footer(kFooter);
  add_resource_commands(tree, schema);
  add_target_commands(tree, schema);
  add_volume_commands(tree, schema);
  add_function_commands(tree, schema);
  add_machine_commands(tree);
  add_machine_new_commands(tree);
  add_path_commands(tree);
  add_account_commands(tree, schema);
  add_journal_commands(tree);
  add_engine_commands(tree);
  add_apply_commands(tree, schema);
  add_doctor_command(tree);
  add_bench_command(tree);
  add_completion_command(tree);
}

}  // namespace

int run_laneway(const std::vector<std::string>& words, std::ostream& out, std::ostream& err) {
  ApiSession session(out, err);
  const SpecSchema schema;
  ApiCommands tree("laneway", "Gives virtual machines their own lanes to storage.");
  fill(tree, session, schema);
  if (!words.empty() && words[0] == kManual) return static_cast<int>(print_own_manual(tree.root(), out));
  const bool is_shell = !words.empty() && words[0] == kComplete;
  return static_cast<int>(is_shell ? offer(tree.root(), session, words) : tree.run(words, session));
}

}  // namespace laneway
