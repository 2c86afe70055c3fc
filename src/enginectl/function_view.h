#pragma once
// How functions are shown to people: the list, and one in full.
// Free functions over the engine's answers. One thread.

#include <iosfwd>

#include "rpc/json.h"

namespace laneway {

void print_function_list(const Json& functions, std::ostream& out);
void print_function(const Json& function, std::ostream& out);

}  // namespace laneway
