#include "sim/leftovers.h"

#include <fcntl.h>

#include <algorithm>

#include "base/check.h"

namespace laneway::sim {

namespace {

constexpr uint64_t kLatestNs = 50 * kMillisecond;

}  // namespace

void Leftovers::add(int fd, Change change) {
  Pending pending;
  pending.fd = UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  LW_ASSERT(pending.fd);
  pending.change = std::move(change);
  pending.due_ns = clock_.now_ns() + random_.below(kLatestNs);
  pending.is_lost = random_.one_in(3);
  pending_.push_back(std::move(pending));
}

uint64_t Leftovers::next_event_ns() const {
  uint64_t next_ns = kNever;
  for (const Pending& pending : pending_) next_ns = std::min(next_ns, pending.due_ns);
  return next_ns;
}

void Leftovers::act(uint64_t now_ns) {
  for (const Pending& pending : pending_) {
    if (pending.due_ns > now_ns || pending.is_lost || pending.change.kind != Kind::write) continue;
    files_.write(pending.fd.get(), pending.change.from, pending.change.offset_bytes, false);
  }
  std::erase_if(pending_, [&](const Pending& pending) { return pending.due_ns <= now_ns; });
}

}  // namespace laneway::sim
