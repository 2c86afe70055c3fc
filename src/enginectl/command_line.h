#pragma once
// The command line as a whole: builds the tree of commands, parses, runs the chosen one and gives the exit code. Called
// once by main and by tests. One thread.

#include <iosfwd>
#include <string>
#include <vector>

namespace laneway {

// `arguments` without the program's name.
int run_enginectl(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace laneway
