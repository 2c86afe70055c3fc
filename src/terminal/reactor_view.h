#pragma once
// What people see of the engine's reactors: in laneway engine status and in laneway reactor. Writes to the stream that
// it is given. One thread.

#include <ostream>

#include "rpc/json.h"

namespace laneway {

// One line a reactor.
void print_reactors(const Json& reactors, std::ostream& out);

}  // namespace laneway
