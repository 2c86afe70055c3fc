#pragma once
// How limits and groups look on a terminal (vf limit, vf show, group). Free functions over the engine's answers. One
// thread.

#include <iosfwd>
#include <string>

#include "rpc/json.h"

namespace laneway {

// One line: "5,000 IOPS (burst 20,000 over 10 s), reads 200 MiB/s"; empty where nothing is limited.
std::string limits_text(const Json& limits);
void print_function_limits(const Json& answer, std::ostream& out);  // of vf.limit
void print_group(const Json& group, std::ostream& out);
void print_groups(const Json& groups, std::ostream& out);

}  // namespace laneway
