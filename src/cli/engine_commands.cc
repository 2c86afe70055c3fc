// laneway engine status
#include "cli/commands.h"
#include "cli/reactor_view.h"
#include "cli/size_text.h"
#include "cli/table.h"

namespace laneway {

namespace {

std::string confinement_text(const Json& lockdown) {
  if (!flag_at(lockdown, "confined")) return "no (--no-lockdown): for debugging only";
  const uint64_t landlock = number_at(lockdown, "landlock");
  if (landlock == 0) return "system calls; files are not, this kernel has no Landlock";
  return fmt::format("system calls and files (Landlock {})", landlock);
}

class EngineStatus final : public Command {
 public:
  explicit EngineStatus(CLI::App& app) { app.footer("Example:\n  laneway engine status -o json"); }

  ExitCode run(Session& session) override {
    const Result<Json> status = session.call("engine.status", Json::object());
    if (!status) return session.report(status.error());
    if (session.wants_json()) {
      session.print_json(*status);
      return ExitCode::ok;
    }
    print_pairs(
        session.out(),
        {{"Version", text_at(*status, "version")},
         {"Process", std::to_string(number_at(*status, "pid"))},
         {"Up", uptime_text(number_at(*status, "uptime_s"))},
         {"Memory", size_text(number_at(*status, "rss_bytes"))},
         {"Functions", fmt::format("{} serving, {} failed, {} attached", number_at(*status, "functions_serving"),
                                   number_at(*status, "functions_failed"), number_at(*status, "functions_attached"))},
         {"Targets", std::to_string(number_at(*status, "targets"))},
         {"Initiator", text_at(*status, "initiator_name")},
         {"State in", text_at(*status, "state_dir")},
         {"Sockets in", text_at(*status, "run_dir")},
         {"Confined", confinement_text(member(*status, "lockdown"))}});
    session.out() << '\n';
    print_reactors(member(*status, "reactors"), session.out());
    return ExitCode::ok;
  }
};

}  // namespace

void add_engine_commands(CommandTree& tree) {
  CLI::App& engine = tree.add_group("engine", "The engine itself");
  tree.add<EngineStatus>(engine, "status", "Shows the engine's version, threads and load");
}

}  // namespace laneway
