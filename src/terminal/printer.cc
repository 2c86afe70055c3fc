#include "terminal/printer.h"

#include <ostream>

namespace laneway {

void Printer::say(std::string_view sentence) { err_ << program_ << ": " << sentence << '\n'; }

ExitCode Printer::report_usage(std::string_view sentence) {
  say(sentence);
  return ExitCode::usage;
}

void Printer::print_data(const Json& result) { out_ << to_pretty_text(result); }

}  // namespace laneway
