#pragma once
// The command line laneway as a whole: builds the tree of commands, parses, runs the chosen one and gives the exit
// code. Called once by main and by tests. One thread.

#include <iosfwd>
#include <string>
#include <vector>

namespace laneway {

// `words` without the program's name.
int run_laneway(const std::vector<std::string>& words, std::ostream& out, std::ostream& err);

}  // namespace laneway
