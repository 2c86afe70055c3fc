#include "frontend/turn_share.h"

#include <algorithm>
#include <limits>

namespace laneway {

namespace {

constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max() / 2;

}  // namespace

void TurnShare::begin(Member& member, uint64_t now_ns) {
  enter(now_ns);
  if (!is_contended(now_ns)) {
    member.credit_bytes_ = kUnbounded;
    return;
  }
  // Debt stays, what was left over does not.
  const int64_t credit_bytes = member.works_at_once ? kCreditAtOnceBytes : kCreditLaterBytes;
  member.credit_bytes_ = std::min<int64_t>(member.credit_bytes_, 0) + credit_bytes;
  if (!is_mark_stale_) return;
  mark_ns_ = clock_.now_ns();
  is_mark_stale_ = false;
}

void TurnShare::worked(Member& member, uint64_t now_ns, uint32_t events) {
  note(member, events);
  if (last_ != &member) {
    if (last_ != nullptr) contended_until_ns_ = now_ns + kContendedForNs;
    last_ = &member;
  }
  if (!is_contended(now_ns)) return;
  const uint64_t end_ns = clock_.now_ns();
  member.cpu_ns_.add(end_ns - mark_ns_);
  measured_ns_ += end_ns - mark_ns_;
  mark_ns_ = end_ns;
  is_mark_stale_ = false;
}

// The turn that is being noted lasted until now. A turn may begin at a time that was read before the one before it
// ended.
void TurnShare::charge(uint64_t now_ns) {
  const uint64_t lasted_ns = now_ns > start_ns_ ? now_ns - start_ns_ : 0;
  const uint64_t rest_ns = lasted_ns > measured_ns_ ? lasted_ns - measured_ns_ : 0;
  while (Member* member = busy_.pop_front()) {
    member->cpu_ns_.add(member->events_ == events_ ? rest_ns : rest_ns * member->events_ / events_);
    member->events_ = 0;
  }
  events_ = 0;
  measured_ns_ = 0;
  is_mark_stale_ = false;
  turn_ns_ = now_ns;
  start_ns_ = mark_ns_ = std::max(now_ns, mark_ns_);
}

void TurnShare::leave(Member& member) {
  events_ -= member.events_;
  member.events_ = 0;
  member.unlink();
  if (last_ == &member) last_ = nullptr;
}

}  // namespace laneway
