// laneway-enginectl engine status, upgrade
#include <filesystem>

#include "base/clock.h"
#include "enginectl/commands.h"
#include "terminal/engine_view.h"

namespace laneway {

namespace {

class EngineStatus final : public EngineCommand {
 public:
  explicit EngineStatus(CLI::App& app) { app.footer("Example:\n  laneway-enginectl engine status -o json"); }

  ExitCode run(EngineSession& session) override {
    const Result<Json> status = session.call("engine.status", Json::object());
    if (!status) return session.report(status.error());
    if (session.wants_data()) {
      session.print_data(*status);
      return ExitCode::ok;
    }
    print_engine(*status, session.out());
    return ExitCode::ok;
  }
};

class EngineUpgrade final : public EngineCommand {
 public:
  explicit EngineUpgrade(CLI::App& app) {
    app.add_option("path", path_, "The program that is to go on, a laneway-engine")->required();
    app.footer("Example:\n  laneway-enginectl engine upgrade /usr/bin/laneway-engine");
  }

  ExitCode run(EngineSession& session) override {
    const std::string path = std::filesystem::absolute(path_).lexically_normal().string();
    Result<Json> upgraded = session.call("engine.upgrade", Json{{"path", path}});
    if (!upgraded) return session.report(upgraded.error());
    const Result<Json> status = wait_for_another(session, number_at(*upgraded, "former_pid"));
    if (!status) return session.report(status.error());
    (*upgraded)["version"] = text_at(*status, "version");
    (*upgraded)["pid"] = number_at(*status, "pid");
    (*upgraded)["pause_ms"] = number_at(*status, "pause_ms");
    if (session.wants_data()) {
      session.print_data(*upgraded);
      return ExitCode::ok;
    }
    print_upgrade(*upgraded, session.out());
    return ExitCode::ok;
  }

 private:
  // The former engine may answer once more, and end a connection without an answer; the next one answers who waits.
  static Result<Json> wait_for_another(EngineSession& session, uint64_t former_pid) {
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

void add_engine_commands(EngineCommands& tree) {
  CLI::App& engine = tree.add_group("engine", "The engine itself");
  tree.add<EngineStatus>(engine, "status", "Shows the engine's version, threads and load");
  tree.add<EngineUpgrade>(engine, "upgrade", "Goes on with another program, while guests wait for a moment");
}

}  // namespace laneway
