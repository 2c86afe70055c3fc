#pragma once
// What this process gives up for good: capabilities, core dumps and debuggers (both would show guests' data and
// secrets), new privileges. The thread that calls and all that it starts; before the first further thread.

#include "base/result.h"

namespace laneway {

// No program that this process starts, or is made to start, gains what its user does not have.
void refuse_new_privileges();

// Everything that root has beyond an ordinary user, for good.
Result<void> drop_capabilities();

// No core file, no debugger of the same user, no reader of /proc/PID/mem.
Result<void> hide_memory();

// No real-time scheduling and no message queues. The number of processes is not limited: the limit counts all those of
// the user, and the kernel sizes the workers of an io_uring by it; a filter forbids new processes anyway.
Result<void> lower_limits();

}  // namespace laneway
