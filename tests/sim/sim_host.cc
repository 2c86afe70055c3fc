#include "sim/sim_host.h"

#include <algorithm>

#include "sim/sim_kernel.h"

namespace laneway::sim {

void SimHost::run_actors() {
  for (Actor* actor : actors) {
    if (actor->next_event_ns() <= clock.now_ns()) actor->act(clock.now_ns());
  }
  strike();
}

void SimHost::settle() {
  for (SimKernel* kernel : kernels) kernel->settle();
  strike();
}

bool SimHost::advance(uint64_t until_ns) {
  uint64_t next_ns = until_ns;
  for (const SimKernel* kernel : kernels) next_ns = std::min(next_ns, kernel->next_event_ns());
  for (const Actor* actor : actors) next_ns = std::min(next_ns, actor->next_event_ns());
  if (next_ns == kNever) {
    is_stuck = true;
    return false;
  }
  clock.set(next_ns);
  run_actors();
  return true;
}

}  // namespace laneway::sim
