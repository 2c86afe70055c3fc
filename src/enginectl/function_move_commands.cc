// laneway-enginectl vf move
#include <charconv>

#include "enginectl/commands.h"
#include "enginectl/function_view.h"

namespace laneway {

namespace {

class MoveFunction final : public EngineCommand {
 public:
  explicit MoveFunction(CLI::App& app) {
    app.add_option("name", name_, "The function")->required()->type_name(kFunctionName);
    app.add_option("--queue", queue_, "A queue's number, or all")->required();
    app.add_option("--reactor", reactor_, "The reactor that serves it from now on")->required();
    app.footer(
        "The guest does not notice: the queue is drained, moved and goes on. Until the next start of the engine.\n"
        "Example:\n  laneway-enginectl vf move vm1 --queue 3 --reactor 1");
  }

  ExitCode run(EngineSession& session) override {
    Json params = {{"name", name_}, {"reactor", reactor_}};
    if (queue_ != "all") {
      uint32_t number = 0;
      const auto [end, failure] = std::from_chars(queue_.data(), queue_.data() + queue_.size(), number);
      if (failure != std::errc() || end != queue_.data() + queue_.size()) {
        return session.report_usage("--queue takes a queue's number, or all.");
      }
      params["queue"] = number;
    }
    const Result<Json> function = session.call("vf.move", params, 60 * kSecond);
    if (!function) return session.report(function.error());
    if (session.wants_data()) {
      session.print_data(*function);
      return ExitCode::ok;
    }
    print_function(*function, session.out());
    return ExitCode::ok;
  }

 private:
  std::string name_;
  std::string queue_;
  uint32_t reactor_ = 0;
};

}  // namespace

void add_function_move_commands(EngineCommands& tree) {
  CLI::App& group = *tree.root().get_subcommand("vf");
  tree.add<MoveFunction>(group, "move", "Serves a function's queues on another reactor");
}

}  // namespace laneway
