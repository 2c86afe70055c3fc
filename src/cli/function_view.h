#pragma once
// How functions are shown to people: the list, one in full, its counters. Free functions over the engine's answers. One
// thread.

#include <iosfwd>
#include <string>

#include "rpc/json.h"

namespace laneway {

void print_function_list(const Json& functions, std::ostream& out);
void print_function(const Json& function, std::ostream& out);
void print_function_stats(const Json& stats, std::ostream& out);

// The path seen from the root, since the engine runs in another directory. Without resolving links.
std::string absolute_path(const std::string& path);

}  // namespace laneway
