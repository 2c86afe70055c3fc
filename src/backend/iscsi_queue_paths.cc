// What becomes of an IscsiQueue's requests as its paths come and go: failover, fences, paths that an operator adds,
// removes or takes out, and what the sessions that are there know about the disk.

#include <algorithm>

#include "backend/iscsi_queue.h"
#include "scsi/port_groups.h"

namespace laneway {

namespace {

constexpr uint64_t kProbeIntervalNs = 5 * kSecond;
constexpr uint64_t kAccessIntervalNs = 250 * kMillisecond;
constexpr uint64_t kLeavePatienceNs = 2 * kSecond;  // for tasks on a path that is taken out
constexpr uint64_t kLeaveLookNs = 5 * kMillisecond;

}  // namespace

uint64_t IscsiQueue::replacement_timeout_ns() const {
  uint64_t longest_ns = 0;
  for (const auto& leg : legs_.all()) {
    const uint64_t patience_ns = leg->path().target().settings().replacement_timeout_ns;
    if (patience_ns == 0) return 0;
    longest_ns = std::max(longest_ns, patience_ns);
  }
  return longest_ns;
}

bool IscsiQueue::wants_leg(const PathLeg& leg) const {
  if (is_draining_ || leg.path().is_out() || leg.path().is_leaving()) return false;
  return unfinished_ > 0 || is_failing_fast_ || (is_awake_ && !legs_.is_only_one());
}

void IscsiQueue::want_legs() {
  is_awake_ = true;
  for (const auto& leg : legs_.all()) {
    if (wants_leg(*leg)) leg->link().want();
  }
}

void IscsiQueue::task_lost(PathLeg& leg, iscsi::ScsiTask& task) {
  auto& io = *static_cast<IscsiIo*>(task.owner);
  --in_session_;
  --leg.under_way;
  io.sent_ns = 0;
  io.place = IscsiIo::Place::held;
  if (!task.was_sent) return;
  io.was_lost = io.has_tale = true;
  if (io.tale.lost_ns == 0) io.tale.lost_ns = task.sent_ns;
  io.tale.lost_path = leg.path().id();
  if (io.tale.replays < UINT8_MAX) ++io.tale.replays;
  if (io.may_change_disk()) lun_.debt().add(leg.path(), reactor_.now_ns());
}

void IscsiQueue::leg_ready(PathLeg& leg) {
  if (leg.has_failed) leg.usable_from_ns = reactor_.now_ns() + lun_.paths().rules().failback_ns;
  leg.has_failed = false;
  leg.was_ready = true;
  refresh_legs();
  limits_ = lun_.facts().limits;
  if (legs_.is_ready()) {
    is_failing_fast_ = false;
    reactor_.cancel(replacement_timer_);
  }
  if (is_draining_) return end_draining_parts();
  watch_legs();
  go_on_sending();
}

void IscsiQueue::go_on_sending() {
  // Also where no path reaches the disk now: a port that stands by carries out a reset.
  if (lun_.debt().is_due()) return hold_for_fence();
  if (!legs_.is_ready()) return;
  pauses_.end(reactor_.now_ns());
  send_held();
  start_waiting(reactor_.now_ns());
}

void IscsiQueue::leg_unready(PathLeg& /*leg*/) {
  refresh_legs();
  if (!legs_.is_ready()) note_pause();
}

void IscsiQueue::leg_lost(PathLeg& leg) {
  const bool was_ready = std::exchange(leg.was_ready, false);
  leg.has_failed = !leg.path().is_out() && (leg.has_failed || was_ready);
  if (leg.path().is_leaving()) bell_.ring();  // not from inside its own call
  finish_overdue(leg);
  if (is_draining_) return end_draining_parts();
  go_on_sending();
  if (legs_.is_ready()) return;
  if (unfinished_ > 0) note_pause();
  const uint64_t patience_ns = replacement_timeout_ns();
  if (unfinished_ > 0 && patience_ns > 0 && !replacement_timer_.is_armed() && !is_failing_fast_) {
    reactor_.arm(replacement_timer_, reactor_.now_ns() + patience_ns);
  }
}

// Nothing is sent until the first copies of what was lost are dead. The sessions that are there see to it, once what
// they have under way has ended.
void IscsiQueue::hold_for_fence() {
  note_pause();
  for (const auto& leg : legs_.all()) leg->link().fall_quiet();
}

void IscsiQueue::refresh_legs() {
  const uint64_t now_ns = reactor_.now_ns();
  uint64_t next_ns = legs_.refresh(now_ns);
  for (const auto& leg : legs_.all()) {
    if (leg->leave_by_ns == 0) continue;
    next_ns = std::min(next_ns, now_ns + kLeaveLookNs);
  }
  if (next_ns == kNever) return reactor_.cancel(refresh_timer_);
  reactor_.arm(refresh_timer_, next_ns);
}

void IscsiQueue::refresh_time_came() {
  for (const auto& leg : legs_.all()) {
    if (leg->leave_by_ns != 0) let_leave(*leg);
  }
  refresh_legs();
}

// A path that is taken out ends in order once it carries nothing any more.
void IscsiQueue::let_leave(PathLeg& leg) {
  const bool is_late = reactor_.now_ns() >= leg.leave_by_ns;
  if (leg.under_way > 0 && !is_late) return;
  leg.leave_by_ns = 0;
  if (leg.under_way > 0) return leg.link().drop("the path is taken out, and its tasks do not end");
  leg.link().close();
}

void IscsiQueue::bell_rang() {
  if (auto taken = legs_.take_up_paths(); !taken) log_error("function {}: {}", lun_.function(), taken.error().message);
  for (const auto& leg : legs_.all()) look_at(*leg);
  legs_.drop_left();
  refresh_legs();
  if (!is_draining_) go_on_sending();
}

void IscsiQueue::look_at(PathLeg& leg) {
  if (leg.path().is_out() || leg.path().is_leaving()) {
    if (leg.link().is_idle() || leg.leave_by_ns != 0 || is_draining_) return;
    leg.leave_by_ns = reactor_.now_ns() + kLeavePatienceNs;
    return let_leave(leg);
  }
  leg.leave_by_ns = 0;
  const uint32_t retries = leg.path().retries();
  if (std::exchange(leg.seen_retries, retries) != retries) {
    leg.has_failed = false;
    leg.usable_from_ns = 0;
    leg.link().hurry();
  }
  if (wants_leg(leg)) leg.link().want();
}

void IscsiQueue::cache_may_be_lost(PathLeg& leg) {
  if (!limits_.has_volatile_cache || !lun_.cache().note_loss()) return;
  uint64_t held_back = 0;
  if (!cache_gate_.admit(reactor_.now_ns(), held_back)) return;
  log_error(
      "function {}: target {} reports a reset of LUN {} that has a volatile write cache: writes that were not flushed "
      "may be lost; the next flush fails; check the guest's file systems",
      lun_.function(), leg.path().target().settings().name, leg.path().number());
}

void IscsiQueue::probe_answered(PathLeg& leg, const Result<void>& outcome) {
  if (!outcome) leg.link().drop(outcome.error().message);
}

void IscsiQueue::access_learned(PathLeg& leg) {
  refresh_legs();
  if (!scsi::is_accessible(leg.access.state)) watch_legs();
}

// The target's port says that it does not reach the disk: the ports that do say so when they are asked.
void IscsiQueue::go_elsewhere(IscsiIo& io) {
  const auto sense = scsi::decode_sense(io.task.sense());
  const auto state = sense ? scsi::access_state_of(sense->code()) : std::nullopt;
  leg_inaccessible(*io.leg, state.value_or(scsi::AccessState::unavailable));
  // At once the first time; a target that contradicts itself is not asked in a circle.
  if (io.attempts > 0 || !may_send()) return retry_later(io, Status::io_error);
  ++io.attempts;
  io.leg->meter().retries.add(1);
  send(io);
  legs_.pump();
}

void IscsiQueue::leg_inaccessible(PathLeg& leg, scsi::AccessState state) {
  if (leg.access.state == state) return;
  leg.access.state = state;
  refresh_legs();
  for (const auto& other : legs_.all()) {
    if (other.get() != &leg && !legs_.is_active(*other)) other->link().revalidate();
  }
  watch_legs();
}

void IscsiQueue::watch_legs() {
  const bool is_any_inaccessible = std::any_of(legs_.all().begin(), legs_.all().end(), [](const auto& leg) {
    return leg->link().is_ready() && !scsi::is_accessible(leg->access.state);
  });
  if (legs_.is_only_one() && !is_any_inaccessible) return;
  // While nothing reaches the disk, a transition of the array is looked for more often.
  const uint64_t interval_ns = is_any_inaccessible && !legs_.is_ready() ? kAccessIntervalNs : kProbeIntervalNs;
  const uint64_t next_ns = reactor_.now_ns() + interval_ns;
  if (!probe_timer_.is_armed() || next_ns < probe_timer_.deadline_ns()) reactor_.arm(probe_timer_, next_ns);
}

void IscsiQueue::probe_legs() {
  for (const auto& leg : legs_.all()) {
    if (!scsi::is_accessible(leg->access.state)) {
      leg->link().revalidate();
    } else if (leg->under_way == 0 && !legs_.is_only_one()) {
      leg->link().probe();
    }
  }
  watch_legs();
}

}  // namespace laneway
