// laneway-enginectl reactor list, add, remove
#include "enginectl/commands.h"
#include "terminal/reactor_view.h"

namespace laneway {

namespace {

class ListReactors final : public EngineCommand {
 public:
  explicit ListReactors(CLI::App& app) { app.footer("Example:\n  laneway-enginectl reactor list"); }

  ExitCode run(EngineSession& session) override {
    const Result<Json> list = session.call("reactor.list", Json::object());
    if (!list) return session.report(list.error());
    if (session.wants_data()) {
      session.print_data(*list);
      return ExitCode::ok;
    }
    print_reactors(member(*list, "reactors"), session.out());
    return ExitCode::ok;
  }
};

class AddReactor final : public EngineCommand {
 public:
  explicit AddReactor(CLI::App& app) {
    cpu_option_ = app.add_option("--cpu", cpu_, "Pins it to this CPU (default: any)")->type_name("CPU");
    app.footer(
        "New functions go to the reactors with the least to do; laneway-enginectl vf move brings others there.\n"
        "Until the next start of the engine, which starts as many as its --reactors says.\n"
        "Example:\n  laneway-enginectl reactor add --cpu 3");
  }

  ExitCode run(EngineSession& session) override {
    Json params = Json::object();
    if (cpu_option_->count() > 0) params["cpu"] = cpu_;
    const Result<Json> added = session.call("reactor.add", params);
    if (!added) return session.report(added.error());
    if (session.wants_data()) {
      session.print_data(*added);
      return ExitCode::ok;
    }
    print_reactors(Json::array({*added}), session.out());
    return ExitCode::ok;
  }

 private:
  CLI::Option* cpu_option_ = nullptr;
  uint32_t cpu_ = 0;
};

class RemoveReactor final : public EngineCommand {
 public:
  explicit RemoveReactor(CLI::App& app) {
    app.add_option("index", index_, "The reactor's number")->required()->type_name("REACTOR");
    app.footer(
        "What is on it moves to the others first, one function after the other; no guest notices.\n"
        "Example:\n  laneway-enginectl reactor remove 1");
  }

  ExitCode run(EngineSession& session) override {
    const Result<Json> removed = session.call("reactor.remove", {{"index", index_}}, kPatience);
    if (!removed) return session.report(removed.error());
    if (session.wants_data()) {
      session.print_data(*removed);
      return ExitCode::ok;
    }
    session.out() << fmt::format("Reactor {} is gone\n", index_);
    return ExitCode::ok;
  }

 private:
  // Functions move one after the other, each as fast as its requests end.
  static constexpr uint64_t kPatience = 600 * kSecond;
  uint32_t index_ = 0;
};

}  // namespace

void add_reactor_commands(EngineCommands& tree) {
  CLI::App& group = tree.add_group("reactor", "The engine's threads that do I/O");
  tree.add<ListReactors>(group, "list", "Lists the reactors and their load");
  tree.add<AddReactor>(group, "add", "Starts one more");
  tree.add<RemoveReactor>(group, "remove", "Moves all that is on a reactor to the others, and ends it");
}

}  // namespace laneway
