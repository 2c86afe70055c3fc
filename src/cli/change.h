#pragma once
// Change is how a command changes something: says what would change (--dry-run), asks before what cannot be taken back
// (--yes), and waits for the engine with a bar on a terminal (--wait). Lives as long as its command. One thread.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/session.h"

namespace laneway {

class Change {
 public:
  enum class Kind : uint8_t { harmless, destructive };  // --yes belongs to destructive ones

  void add_to(CLI::App& app, Kind kind);
  // --wait, and --yes: of what lanewayd offers no dry run of.
  void add_wait_to(CLI::App& app, bool is_asking);
  bool is_dry_run() const { return is_dry_run_; }

  // None where it may go on: agreed to on the terminal or by --yes. `question` ends with "?".
  std::optional<ExitCode> confirm(ApiSession& session, const std::string& question) const;

  // Sends it and waits for its task. The answer's body is that of the first answer.
  Result<ApiAnswer> carry_out(ApiSession& session, ApiRequest request) const;
  // Where carry_out() gave an error: ok where the change was stored and is only under way.
  ExitCode report(ApiSession& session, const Error& error) const;
  // Waits for the task; an error says how it failed, timed_out that it goes on.
  Result<void> wait_for(ApiSession& session, const std::string& task) const;
  void set_wait(uint64_t seconds) { wait_s_ = seconds; }

 private:
  uint64_t wait_s_ = 120;
  bool is_dry_run_ = false;
  bool is_agreed_ = false;
};

}  // namespace laneway
