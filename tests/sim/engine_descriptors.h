#pragma once
// The descriptors of a simulated engine: those that its kernel gives it have numbers of their own, so that all of them
// can be closed when it is killed, whatever of its code still names them. One thread.

#include <sys/socket.h>

#include "base/fd.h"

namespace laneway::sim {

// Below is what the simulation itself has open, and what an engine opened without asking its kernel port.
inline constexpr int kEngineDescriptorMin = 512;

UniqueFd give_to_engine(UniqueFd fd);
// The same for all that came with a message.
void give_to_engine(msghdr& message);
void close_engine_descriptors();

}  // namespace laneway::sim
