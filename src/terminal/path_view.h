#pragma once
// A function's paths for people: a table, and the sentences about those that do not work. Also reads a path from the
// command line. Free functions, one thread.

#include <iosfwd>
#include <string>

#include "base/result.h"
#include "rpc/json.h"

namespace laneway {

// An answer of path.*: the paths and how they are used.
void print_paths(const Json& answer, std::ostream& out);
// "paths" of a function, a table; nothing where there is one that nobody said anything about.
void print_path_table(const Json& paths, std::ostream& out);
// TARGET/LUN[@HOST[:PORT]] as the params of a path.
Result<Json> decode_path_text(const std::string& text);

}  // namespace laneway
