// laneway completion bash|zsh|fish
#include "cli/commands.h"
#include "cli/completion.h"

namespace laneway {

namespace {

class PrintCompletion final : public Command {
 public:
  explicit PrintCompletion(CLI::App& app) {
    add_choice(app, "shell", shell_, "The shell", {"bash", "zsh", "fish"})->required();
    app.footer("Example:\n  source <(laneway completion bash)");
  }

  ExitCode run(Session& session) override {
    session.out() << completion_script(shell_);
    return ExitCode::ok;
  }

 private:
  std::string shell_;
};

}  // namespace

void add_completion_commands(CommandTree& tree) {
  tree.add<PrintCompletion>(tree.root(), "completion", "Prints a script that completes commands, options and names");
}

}  // namespace laneway
