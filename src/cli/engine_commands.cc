// laneway engine status, upgrade
#include <filesystem>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/reactor_view.h"
#include "cli/size_text.h"
#include "cli/table.h"

namespace laneway {

namespace {

std::string confinement_text(const Json& lockdown) {
  if (!flag_at(lockdown, "confined")) return "no (--no-lockdown): for debugging only";
  const uint64_t landlock = number_at(lockdown, "landlock");
  if (flag_at(lockdown, "broker") && landlock > 0) {
    return fmt::format("system calls and files (Landlock {}); the keeper opens what it needs", landlock);
  }
  if (landlock == 0) return "system calls; files are not, this kernel has no Landlock";
  return fmt::format("system calls and files (Landlock {})", landlock);
}

std::string keeper_text(const std::string& word) {
  if (word == "complete") return "holds everything: guests wait for a moment where the engine ends";
  if (word == "filling") return "does not hold everything yet: some front-ends must connect again if the engine ends";
  if (word == "gone") return "gone: front-ends must connect again where the engine ends; start laneway-keeper";
  return "none: front-ends must connect again where the engine ends";
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
         {"Keeper", keeper_text(text_at(*status, "keeper"))},
         {"Confined", confinement_text(member(*status, "lockdown"))}});
    session.out() << '\n';
    print_reactors(member(*status, "reactors"), session.out());
    return ExitCode::ok;
  }
};

class EngineUpgrade final : public Command {
 public:
  explicit EngineUpgrade(CLI::App& app) {
    app.add_option("path", path_, "The program that is to go on, a laneway-engine")->required();
    app.footer("Example:\n  laneway engine upgrade /usr/bin/laneway-engine");
  }

  ExitCode run(Session& session) override {
    const std::string path = std::filesystem::absolute(path_).lexically_normal().string();
    Result<Json> upgraded = session.call("engine.upgrade", Json{{"path", path}});
    if (!upgraded) return session.report(upgraded.error());
    const Result<Json> status = wait_for_another(session, number_at(*upgraded, "former_pid"));
    if (!status) return session.report(status.error());
    (*upgraded)["version"] = text_at(*status, "version");
    (*upgraded)["pid"] = number_at(*status, "pid");
    (*upgraded)["pause_ms"] = number_at(*status, "pause_ms");
    if (session.wants_json()) {
      session.print_json(*upgraded);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Engine {} (process {}) follows {} (process {}); guests had to wait {} ms\n",
                                 text_at(*upgraded, "version"), number_at(*upgraded, "pid"),
                                 text_at(*upgraded, "former_version"), number_at(*upgraded, "former_pid"),
                                 number_at(*upgraded, "pause_ms"));
    return ExitCode::ok;
  }

 private:
  // The former engine may answer once more, and end a connection without an answer; the next one answers who waits.
  static Result<Json> wait_for_another(Session& session, uint64_t former_pid) {
    MonotonicClock clock;
    const uint64_t until_ns = clock.now_ns() + 30 * kSecond;
    for (;;) {
      Result<Json> status = session.call("engine.status", Json::object());
      if (status && number_at(*status, "pid") != former_pid) return status;
      if (clock.now_ns() < until_ns) continue;
      return fail(ErrorCode::timed_out, "The next engine has not answered for 30 s; see the keeper's log.");
    }
  }

  std::string path_;
};

}  // namespace

void add_engine_commands(CommandTree& tree) {
  CLI::App& engine = tree.add_group("engine", "The engine itself");
  tree.add<EngineStatus>(engine, "status", "Shows the engine's version, threads and load");
  tree.add<EngineUpgrade>(engine, "upgrade", "Goes on with another program, while guests wait for a moment");
}

}  // namespace laneway
