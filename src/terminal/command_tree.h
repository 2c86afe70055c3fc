#pragma once
// CommandTree is a tool's commands: the parser's subcommands and what runs for each. Built once a run by the tool,
// which adds groups ("vf") and commands ("create") to it. One thread.

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "terminal/printer.h"

namespace laneway {

// One command; its constructor describes itself to the parser.
template <typename Session>
class Command {
 public:
  virtual ~Command() = default;
  virtual ExitCode run(Session& session) = 0;
};

// Parses; an exit code where that is all there is to do: help, the version, or one sentence about what is wrong.
std::optional<ExitCode> parse_words(CLI::App& root, const std::vector<std::string>& words, Printer& printer);

// A group such as "vf", that needs one of its subcommands.
CLI::App& add_command_group(CLI::App& root, const std::string& name, const std::string& description);

template <typename Session>
class CommandTree {
 public:
  CommandTree(const std::string& program, const std::string& description) : root_(description, program) {
    root_.require_subcommand(1);
  }

  CLI::App& root() { return root_; }
  CLI::App& add_group(const std::string& name, const std::string& description) {
    return add_command_group(root_, name, description);
  }
  // Makes a C for the subcommand.
  template <typename C, typename... Args>
  CLI::App& add(CLI::App& group, const std::string& name, const std::string& description, Args&&... args) {
    CLI::App* app = group.add_subcommand(name, description);
    app->fallthrough();  // the tool's own options may also come last
    commands_.push_back({app, std::make_unique<C>(*app, std::forward<Args>(args)...)});
    return *app;
  }

  ExitCode run(const std::vector<std::string>& words, Session& session) {
    if (const std::optional<ExitCode> end = parse_words(root_, words, session)) return *end;
    for (const Runnable& each : commands_) {
      if (each.app->parsed()) return each.command->run(session);
    }
    return ExitCode::usage;
  }

 private:
  struct Runnable {
    CLI::App* app = nullptr;
    std::unique_ptr<Command<Session>> command;
  };

  CLI::App root_;
  std::vector<Runnable> commands_;
};

}  // namespace laneway
