#include "sim/queue_mover.h"

namespace laneway::sim {

QueueMover::QueueMover(const Scenario& scenario, const Parts& parts, uint64_t seed)
    : scenario_(scenario), parts_(parts), random_(scenario.seed ^ seed ^ 0x5851f42d4c957f2d) {}

void QueueMover::act(uint64_t now_ns) {
  // Now and then the next move comes before this one is done.
  const uint64_t pause_max_ns = random_.one_in(8) ? 50 * kMicrosecond : scenario_.move_pause_max_ns;
  next_ns_ = now_ns + 1 + random_.below(pause_max_ns);
  is_on_way_ = true;
  parts_.home.reactor().post(*this);
}

void QueueMover::deliver() {
  is_on_way_ = false;
  if (is_stopped_) return;
  ++moves_;
  std::vector<RequestPool*> pools;
  for (uint32_t i = 0; i < scenario_.queues; ++i) {
    pools.push_back(random_.one_in(2) ? &parts_.home : &parts_.away);
  }
  if (scenario_.plant == Plant::ring_moves_undrained) parts_.witness.forget_requests_of_rings_elsewhere(pools);
  parts_.service.place_rings(pools);
}

}  // namespace laneway::sim
