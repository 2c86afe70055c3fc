#pragma once
// How targets are shown to people: what a portal offers, the remembered ones, one in full, LUNs. Free functions over
// the engine's answers. One thread.

#include <iosfwd>

#include "rpc/json.h"

namespace laneway {

void print_discovered(const Json& discovered, std::ostream& out);
void print_target_list(const Json& targets, std::ostream& out);
void print_target(const Json& target, std::ostream& out);
void print_luns(const Json& luns, std::ostream& out);

}  // namespace laneway
