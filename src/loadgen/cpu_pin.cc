#include "loadgen/cpu_pin.h"

#include <pthread.h>
#include <sched.h>

#include <cstddef>

namespace laneway {

bool may_run_on(int cpu) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (cpu < 0 || cpu >= CPU_SETSIZE || ::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return false;
  return CPU_ISSET(static_cast<size_t>(cpu), &allowed);
}

bool pin_to(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<size_t>(cpu), &only);
  return ::pthread_setaffinity_np(::pthread_self(), sizeof(only), &only) == 0;
}

}  // namespace laneway
