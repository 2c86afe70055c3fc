#pragma once
// The manual page of a tool, made from its tree of commands: what the parser takes is what is documented. Free function
// over the parser. One thread.

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>

namespace laneway {

// The hidden first word by which the build asks for the page.
constexpr const char* kManual = "__man";

struct ManualFacts {
  std::string version;
  std::string description;  // sentences below the synopsis
  std::string exit_codes;   // a line each
  std::string see_also;
};

// In man(7)'s macros.
void print_manual(CLI::App& root, const ManualFacts& facts, std::ostream& out);

}  // namespace laneway
