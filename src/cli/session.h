#pragma once
// Session is one run of the command line: where the engine is, how to print, and the streams. Owned by
// run_command_line. One thread.

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "base/units.h"
#include "rpc/client.h"

namespace laneway {

// The program's exit codes (docs/cli.md).
enum class ExitCode : int {
  ok = 0,
  refused = 1,    // the engine refused or failed it
  usage = 2,      // the command line makes no sense
  no_engine = 3,  // no engine answered
};

class Session {
 public:
  Session(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}

  // Filled in by the parser.
  std::string socket_path;
  std::string output = "table";

  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  bool wants_json() const { return output == "json"; }

  // Calls the engine, connecting at the first call.
  Result<Json> call(std::string_view method, const Json& params, uint64_t time_limit_ns = 60 * kSecond);
  // Prints the error's sentence and gives the exit code that belongs to it.
  ExitCode report(const Error& error);
  ExitCode report_usage(std::string_view sentence);
  // Prints a result as JSON.
  void print_json(const Json& result);

 private:
  std::ostream& out_;
  std::ostream& err_;
  std::unique_ptr<RpcClient> client_;
};

// One command of the tree. Made by add_*_commands, which also describes it to the parser.
class Command {
 public:
  virtual ~Command() = default;
  virtual ExitCode run(Session& session) = 0;
};

}  // namespace laneway
