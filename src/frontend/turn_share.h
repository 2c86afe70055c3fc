#pragma once
// TurnShare divides the turns of one reactor among its functions: how much each may take from its rings in a turn
// (deficit round robin with debt), and whose time a turn was. A function that alone has work is not held back. Part of
// the reactor's RequestPool; docs/quality-of-service.md has the idea. Home reactor only.

#include <cstdint>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "base/units.h"
#include "frontend/function_stats.h"

namespace laneway {

class TurnShare {
 public:
  // A request costs this much and the bytes that it moves.
  static constexpr int64_t kRequestCostBytes = 4096;
  // Credits for a turn: of disks that do the work in the turn itself, and of those that answer later.
  static constexpr int64_t kCreditAtOnceBytes = 32 * 1024;
  static constexpr int64_t kCreditLaterBytes = 256 * 1024;
  // For so long after two functions had work none takes more than its credit.
  static constexpr uint64_t kContendedForNs = kSecond;

  // One function on this reactor.
  class Member : public ListNode<> {
   public:
    explicit Member(StatCounter& cpu_ns) : cpu_ns_(cpu_ns) {}
    bool may_take() const { return credit_bytes_ > 0; }
    void spend(int64_t cost_bytes) { credit_bytes_ -= cost_bytes; }
    // Its disk does the work within the turn.
    bool works_at_once = false;

   private:
    friend class TurnShare;
    StatCounter& cpu_ns_;  // where its time is added up
    int64_t credit_bytes_ = 0;
    uint32_t events_ = 0;  // of the turn in which it is in the list
  };

  explicit TurnShare(Clock& clock) : clock_(clock) {}
  TurnShare(const TurnShare&) = delete;
  TurnShare& operator=(const TurnShare&) = delete;

  // Before a function looks at its rings: gives it the turn's credit.
  void begin(Member& member, uint64_t now_ns);
  // After it, where it had work.
  void worked(Member& member, uint64_t now_ns, uint32_t events);
  // A request of the function ended, at any time of the turn.
  void ended(Member& member, uint64_t now_ns) {
    enter(now_ns);
    note(member, 1);
    is_mark_stale_ = true;
  }
  void leave(Member& member);

  bool is_contended(uint64_t now_ns) const { return now_ns < contended_until_ns_; }

 private:
  // `now_ns` is the time of a turn: the first call in a turn charges the turn before.
  void enter(uint64_t now_ns) {
    if (now_ns != turn_ns_) charge(now_ns);
  }
  void note(Member& member, uint32_t events) {
    member.events_ += events;
    events_ += events;
    if (!member.is_linked()) busy_.push_back(member);
  }
  void charge(uint64_t now_ns);

  // Fixed after construction
  Clock& clock_;

  // Home reactor only
  uint64_t turn_ns_ = 0;          // of the turn that is being noted
  uint64_t start_ns_ = 0;         // from here on its time is still to be charged
  IntrusiveList<Member> busy_;    // who had work in it
  uint32_t events_ = 0;           // of all of them
  uint64_t measured_ns_ = 0;      // what was charged already
  uint64_t mark_ns_ = 0;          // up to here time is accounted for
  bool is_mark_stale_ = false;    // requests ended since
  const Member* last_ = nullptr;  // who took work last; only compared
  uint64_t contended_until_ns_ = 0;
};

}  // namespace laneway
