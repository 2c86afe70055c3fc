#include "sim/replay_order.h"

#include <fmt/format.h>

#include <algorithm>

namespace laneway::sim {

void ReplayOrder::stored(StoreStep step, uint16_t head) {
  switch (step) {
    case StoreStep::record_set:
      return taken_.push_back(head);
    case StoreStep::leftover_cleared:
      std::erase(expected_, head);
      [[fallthrough]];
    case StoreStep::record_cleared:
    case StoreStep::record_unset:
      std::erase(taken_, head);
      return;
    default:
      return;
  }
}

void ReplayOrder::engine_died() { expected_ = taken_; }

std::string ReplayOrder::arrived(uint16_t head) {
  if (expected_.empty()) return {};
  const uint16_t wanted = expected_.front();
  if (head == wanted) {
    expected_.erase(expected_.begin());
    return {};
  }
  expected_.clear();
  return fmt::format("a successor sends chain {} before chain {}, which was taken earlier", head, wanted);
}

}  // namespace laneway::sim
