#pragma once
// Pins the calling thread to one CPU, and tells which CPUs there are to pin to.
// Free functions; pin_to() concerns the calling thread alone.

namespace laneway {

// Whether there is such a CPU and this process may use it.
bool may_run_on(int cpu);
// False where may_run_on() is.
bool pin_to(int cpu);

}  // namespace laneway
