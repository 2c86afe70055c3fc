#pragma once
// The groups of commands; each adds its subcommands to the parser and to the list of runnable commands. Built once a
// run. One thread.

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/session.h"

namespace laneway {

// What the value of an option or argument is, shown in help and used by shell completion (completion.h).
constexpr const char* kFunctionName = "FUNCTION";
constexpr const char* kTargetName = "TARGET";
constexpr const char* kGroupName = "GROUP";
constexpr const char* kFilePath = "FILE";
constexpr const char* kSize = "SIZE";

struct RunnableCommand {
  CLI::App* app = nullptr;
  std::unique_ptr<Command> command;
};

class CommandTree {
 public:
  explicit CommandTree(Session& session);

  CLI::App& root() { return root_; }
  std::vector<RunnableCommand>& commands() { return commands_; }

  // A group such as "vf", that needs one of its subcommands.
  CLI::App& add_group(const std::string& name, const std::string& description);
  // Makes a C for the subcommand; C's constructor describes itself to the CLI::App.
  template <typename C, typename... Args>
  void add(CLI::App& group, const std::string& name, const std::string& description, Args&&... args) {
    CLI::App* app = group.add_subcommand(name, description);
    app->fallthrough();  // --socket and -o may also come last
    commands_.push_back({app, std::make_unique<C>(*app, std::forward<Args>(args)...)});
  }

 private:
  CLI::App root_;
  std::vector<RunnableCommand> commands_;
};

void add_engine_commands(CommandTree& tree);
void add_reactor_commands(CommandTree& tree);
void add_target_commands(CommandTree& tree);
void add_function_commands(CommandTree& tree);        // create, list, show, resize, delete
void add_function_stat_commands(CommandTree& tree);   // stats, top
void add_explain_commands(CommandTree& tree);         // vf explain, events
void add_function_move_commands(CommandTree& tree);   // move
void add_path_commands(CommandTree& tree);            // path
void add_limit_commands(CommandTree& tree);           // vf limit, group
void add_function_guest_commands(CommandTree& tree);  // xml, qemu-args
void add_bench_command(CommandTree& tree);
void add_completion_commands(CommandTree& tree);

// An option that takes one of a few words.
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value, const std::string& description,
                        const std::vector<std::string>& choices);
// An option that takes a size such as 10G.
CLI::Option* add_size(CLI::App& app, const std::string& name, uint64_t& bytes, const std::string& description);

}  // namespace laneway
