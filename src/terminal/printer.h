#pragma once
// Printer is how a command line talks: the program's name, what people want to read, and the streams. What a command
// ends with is an exit code (docs/cli.md). Base of each tool's session; lives for one run. One thread.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "rpc/json.h"

namespace laneway {

enum class ExitCode : int {
  ok = 0,
  refused = 1,      // it was refused or failed
  usage = 2,        // the command line makes no sense
  unreachable = 3,  // nobody answered
  unfinished = 4,   // it is under way, and we were told not to wait longer
};

class Printer {
 public:
  Printer(std::string program, std::ostream& out, std::ostream& err)
      : program_(std::move(program)), out_(out), err_(err) {}
  virtual ~Printer() = default;

  std::string output = "table";  // filled in by the parser

  const std::string& program() const { return program_; }
  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  // For programs: the answer as it came.
  bool wants_data() const { return output == "json" || output == "yaml"; }

  // One sentence on the error stream, after the program's name.
  void say(std::string_view sentence);
  ExitCode report_usage(std::string_view sentence);
  virtual void print_data(const Json& result);

 private:
  const std::string program_;
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace laneway
