#pragma once
// The command `completion bash|zsh|fish` of every tool.
// Lives as long as its tree. One thread.

#include <ostream>
#include <string>

#include "terminal/command_tree.h"
#include "terminal/completion.h"
#include "terminal/option_kinds.h"

namespace laneway {

template <typename Session>
class CompletionCommand final : public Command<Session> {
 public:
  explicit CompletionCommand(CLI::App& app) {
    add_choice(app, "shell", shell_, "The shell", {"bash", "zsh", "fish"})->required();
    app.footer("Example:\n  source <(" + program_of(app) + " completion bash)");
  }

  ExitCode run(Session& session) override {
    session.out() << completion_script(shell_, session.program());
    return ExitCode::ok;
  }

 private:
  std::string shell_;
};

template <typename Session>
void add_completion_command(CommandTree<Session>& tree) {
  tree.template add<CompletionCommand<Session>>(tree.root(), "completion",
                                                "Prints a script that completes commands, options and names");
}

}  // namespace laneway
