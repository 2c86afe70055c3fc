// laneway engine status, upgrade; reactor list, add, remove: what is asked of the engine through lanewayd.
#include <poll.h>

#include <ostream>

#include "base/clock.h"
#include "cli/commands.h"
#include "terminal/engine_view.h"
#include "terminal/reactor_view.h"

namespace laneway {

namespace {

constexpr uint64_t kReactorLimitNs = 160 * kSecond;

class EngineStatus final : public ApiCommand {
 public:
  explicit EngineStatus(CLI::App& app) { app.footer("Example:\n  laneway engine status -o json"); }

  ExitCode run(ApiSession& session) override {
    const Result<Json> status = session.get("/engine");
    if (!status) return session.report(status.error());
    if (session.wants_data()) {
      session.print_data(*status);
    } else {
      print_engine(*status, session.out());
    }
    return ExitCode::ok;
  }
};

class EngineUpgrade final : public ApiCommand {
 public:
  explicit EngineUpgrade(CLI::App& app) {
    app.add_option("path", path_, "The program on the host that is to go on, a laneway-engine")->required();
    change_.add_to(app, Change::Kind::destructive);
    app.footer("Guests wait for a moment. Example:\n  laneway engine upgrade /usr/bin/laneway-engine");
  }

  ExitCode run(ApiSession& session) override {
    const std::string path = session.is_remote() ? path_ : absolute_path(path_);
    if (change_.is_dry_run()) {
      session.out() << fmt::format("The engine would go on with {}\n", path);
      return ExitCode::ok;
    }
    if (const auto end = change_.confirm(session, fmt::format("Go on with {}?", path))) return *end;
    Result<ApiAnswer> upgraded = session.ask(
        {.verb = "POST", .path = "/engine/upgrade", .body = {{"path", path}}, .time_limit_ns = kReactorLimitNs});
    if (!upgraded) return session.report(upgraded.error());
    Json outcome = std::move(upgraded->body);
    const Result<Json> status = wait_for_another(session, number_at(outcome, "former_pid"));
    if (!status) return session.report(status.error());
    for (const char* key : {"version", "pid", "pause_ms"}) outcome[key] = member(*status, key);
    if (session.wants_data()) {
      session.print_data(outcome);
    } else {
      print_upgrade(outcome, session.out());
    }
    return ExitCode::ok;
  }

 private:
  // The former engine may answer once more; while there is none lanewayd says so.
  static Result<Json> wait_for_another(ApiSession& session, uint64_t former_pid) {
    MonotonicClock clock;
    const uint64_t until_ns = clock.now_ns() + 30 * kSecond;
    while (true) {
      Result<Json> status = session.get("/engine");
      if (status && number_at(*status, "pid") != former_pid) return status;
      (void)::poll(nullptr, 0, 50);
      if (clock.now_ns() < until_ns) continue;
      return fail(ErrorCode::timed_out, "The next engine has not answered for 30 s; see the keeper's log.");
    }
  }

  std::string path_;
  Change change_;
};

class ListReactors final : public ApiCommand {
 public:
  explicit ListReactors(CLI::App& app) { app.footer("Example:\n  laneway reactor list"); }

  ExitCode run(ApiSession& session) override {
    const Result<Json> list = session.get("/engine/reactors");
    if (!list) return session.report(list.error());
    if (session.wants_data()) {
      session.print_data(*list);
    } else {
      print_reactors(member(*list, "reactors"), session.out());
    }
    return ExitCode::ok;
  }
};

class AddReactor final : public ApiCommand {
 public:
  explicit AddReactor(CLI::App& app) {
    cpu_option_ = app.add_option("--cpu", cpu_, "Pins it to this CPU (default: any)")->type_name("CPU");
    app.footer(
        "New functions go to the reactors with the least to do; laneway vf move brings others there.\n"
        "Until the next start of the engine, which starts as many as its --reactors says.\n"
        "Example:\n  laneway reactor add --cpu 3");
  }

  ExitCode run(ApiSession& session) override {
    Json body = Json::object();
    if (cpu_option_->count() > 0) body["cpu"] = cpu_;
    const Result<ApiAnswer> added = session.ask({.verb = "POST", .path = "/engine/reactors", .body = body});
    if (!added) return session.report(added.error());
    if (session.wants_data()) {
      session.print_data(added->body);
    } else {
      print_reactors(Json::array({added->body}), session.out());
    }
    return ExitCode::ok;
  }

 private:
  CLI::Option* cpu_option_ = nullptr;
  uint32_t cpu_ = 0;
};

class RemoveReactor final : public ApiCommand {
 public:
  explicit RemoveReactor(CLI::App& app) {
    app.add_option("index", index_, "The reactor's number")->required()->type_name("REACTOR");
    app.footer("What is on it moves to the others first; no guest notices.\nExample:\n  laneway reactor remove 1");
  }

  ExitCode run(ApiSession& session) override {
    const Result<ApiAnswer> gone = session.ask(
        {.verb = "DELETE", .path = fmt::format("/engine/reactors/{}", index_), .time_limit_ns = kReactorLimitNs});
    if (!gone) return session.report(gone.error());
    if (!session.wants_data()) session.out() << fmt::format("Reactor {} is gone\n", index_);
    return ExitCode::ok;
  }

 private:
  uint32_t index_ = 0;
};

}  // namespace

void add_engine_commands(ApiCommands& tree) {
  CLI::App& engine = tree.add_group("engine", "The engine itself");
  tree.add<EngineStatus>(engine, "status", "Shows the engine's version, threads and load");
  tree.add<EngineUpgrade>(engine, "upgrade", "Goes on with another program, while guests wait for a moment");
  CLI::App& reactor = tree.add_group("reactor", "The engine's threads that do I/O");
  tree.add<ListReactors>(reactor, "list", "Lists the reactors and their load");
  tree.add<AddReactor>(reactor, "add", "Starts one more");
  tree.add<RemoveReactor>(reactor, "remove", "Moves all that is on a reactor to the others, and ends it");
}

}  // namespace laneway
