#pragma once
// The kernel headers' own numbers of system calls, by processor: what syscall_table.cc is checked against. Each is a
// file of its own, since the headers define the same macros. Constant.

#include <string_view>

namespace laneway {

// -1 where the header knows no such call.
int x86_64_number(std::string_view name);
int arm64_number(std::string_view name);

}  // namespace laneway
