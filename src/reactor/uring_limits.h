#pragma once
// restrict_ring() takes from an io_uring all that the engine does not use. Without it a ring opens files and makes
// sockets for whoever has taken over a reactor, past any seccomp filter. The ring must have been made with
// IORING_SETUP_R_DISABLED and not be enabled yet; what is forbidden then ends with -EACCES (io_uring_register(2),
// IORING_REGISTER_RESTRICTIONS, Linux 5.10). Any thread.

#include <liburing.h>

#include "base/result.h"

namespace laneway {

Result<void> restrict_ring(const io_uring& ring);

}  // namespace laneway
