#pragma once
// How the engine looks on a terminal (engine status, engine upgrade). Free functions over its answers, which lanewayd
// hands on. One thread.

#include <iosfwd>

#include "rpc/json.h"

namespace laneway {

void print_engine(const Json& status, std::ostream& out);
// version, pid, pause_ms of the one that goes on; former_version, former_pid.
void print_upgrade(const Json& upgraded, std::ostream& out);

}  // namespace laneway
