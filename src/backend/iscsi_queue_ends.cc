// How requests of an IscsiQueue end without the target's answer: deadlines, sessions that are lost, drain.

#include <algorithm>

#include "backend/iscsi_queue.h"

namespace laneway {

namespace {

constexpr uint64_t kFarewellPatienceNs = 10 * kSecond;  // for a last flush
constexpr uint64_t kDrainPatienceNs = 2 * kSecond;      // for what is with the target, before the session is given up

}  // namespace

// Finishes those requests that no session holds and for which choose(request) says so: Status::ok keeps a request.
template <typename Choose>
void IscsiQueue::finish_held(Choose choose) {
  IscsiIo* next_io = nullptr;
  for (IscsiIo* io = ios_.front(); io != nullptr; io = next_io) {
    next_io = ios_.next(*io);
    if (io->place == IscsiIo::Place::session || io->has_ended()) continue;
    const Status status = choose(io->request());
    if (status != Status::ok) io->end_with(status);
  }
  IntrusiveList<BlockRequest> kept;
  IntrusiveList<BlockRequest> ended;
  while (BlockRequest* request = waiting_.pop_front()) {
    const Status status = choose(*request);
    request->queue_word = static_cast<uint64_t>(status);
    (status == Status::ok ? kept : ended).push_back(*request);
  }
  waiting_.take_all(kept);
  // Finishing comes last: an owner may submit from inside it.
  finish_ended();
  while (BlockRequest* request = ended.pop_front()) {
    ending_io_ = nullptr;
    ending_ = request;
    finish(*request, static_cast<Status>(request->queue_word));
  }
}

void IscsiQueue::finish_ended() {
  // One at a time from the front, since an owner may submit from inside finish().
  has_ended_ios_ = false;
  IscsiIo* io = ios_.front();
  while (io != nullptr) {
    if (!io->has_ended()) {
      io = ios_.next(*io);
      continue;
    }
    finish(*io, io->end_status());
    io = ios_.front();
  }
}

void IscsiQueue::watch_deadline(uint64_t deadline_ns) {
  if (deadline_ns == kNever) return;
  if (!deadline_timer_.is_armed() || deadline_ns < deadline_timer_.deadline_ns()) {
    reactor_.arm(deadline_timer_, deadline_ns);
  }
}

void IscsiQueue::deadline_came() {
  const uint64_t now_ns = reactor_.now_ns();
  uint64_t next_ns = kNever;
  for (IscsiIo* io = ios_.front(); io != nullptr; io = ios_.next(*io)) {
    if (io->request().deadline_ns > now_ns) {
      next_ns = std::min(next_ns, io->request().deadline_ns);
      continue;
    }
    if (io->place != IscsiIo::Place::session) continue;
    if (io->leg->link().session().withdraw(io->task)) {
      io->place = IscsiIo::Place::held;
      --in_session_;
      --io->leg->under_way;
    } else {
      // The target has the memory until the session is gone; the request ends then, in leg_lost().
      io->leg->link().drop("a request's deadline passed without an answer");
    }
  }
  for (BlockRequest* request = waiting_.front(); request != nullptr; request = waiting_.next(*request)) {
    if (request->deadline_ns > now_ns) next_ns = std::min(next_ns, request->deadline_ns);
  }
  watch_deadline(next_ns);
  finish_held([&](const BlockRequest& request) {
    if (request.deadline_ns > now_ns) return Status::ok;
    legs_.first().meter().timeouts.add(1);
    return Status::timed_out;
  });
}

// What ended on the leg with the target, and could only end here.
void IscsiQueue::finish_overdue(PathLeg& leg) {
  finish_held([this, &leg, now_ns = reactor_.now_ns()](const BlockRequest& request) {
    if (is_draining_) return Status::aborted;
    if (request.deadline_ns > now_ns) return Status::ok;
    leg.meter().timeouts.add(1);
    return Status::timed_out;
  });
}

void IscsiQueue::leg_refused(PathLeg& /*leg*/) {
  if (!legs_.are_all_refusing()) return;
  finish_held([](const BlockRequest&) { return Status::device_gone; });
}

void IscsiQueue::replacement_timed_out() {
  is_failing_fast_ = true;
  log_error("function {}: {} has been unreachable for {} s: requests fail until it is back", lun_.function(),
            lun_.describe(), replacement_timeout_ns() / kSecond);
  finish_held([this](const BlockRequest& request) {
    if (request.deadline_ns == kNever) return Status::ok;
    legs_.first().meter().timeouts.add(1);
    return Status::timed_out;
  });
}

void IscsiQueue::end_turn(uint64_t /*now_ns*/) {
  if (has_ended_ios_) finish_ended();
  if (is_draining_) return end_draining_parts();
  if (is_failing_fast_ || legs_.are_all_refusing()) {
    const Status status = is_failing_fast_ ? Status::timed_out : Status::device_gone;
    return finish_held([this, status](const BlockRequest& request) {
      return is_failing_fast_ && request.deadline_ns == kNever ? Status::ok : status;
    });
  }
  if (legs_.is_ready()) start_waiting(reactor_.now_ns());
}

void IscsiQueue::drain() {
  if (unfinished_ == 0 && legs_.are_idle()) return;
  is_draining_ = true;
  reactor_.arm(drain_timer_, reactor_.now_ns() + kDrainPatienceNs);
  reactor_.at_turn_end(*this);
}

void IscsiQueue::end_draining_parts() {
  finish_held([](const BlockRequest&) { return Status::aborted; });
  if (in_session_ == 0 && is_fence_before_farewell()) {
    hold_for_fence();
  } else if (in_session_ == 0 && !say_farewell()) {
    for (const auto& leg : legs_.all()) leg->link().close();
  }
  check_drained();
}

// Where what one path lost has to be fenced first, and another one can do that at once.
bool IscsiQueue::is_fence_before_farewell() {
  if (!is_farewell_wanted() || !lun_.debt().is_due()) return false;
  return std::any_of(legs_.all().begin(), legs_.all().end(), [this](const auto& leg) {
    return leg->link().may_come_back() && lun_.debt().plan(leg->path(), reactor_.now_ns()).wait_until_ns == 0;
  });
}

bool IscsiQueue::is_farewell_wanted() const {
  return limits_.has_volatile_cache && lun_.cache().has_unflushed() && !farewell_.is_said;
}

// Many targets greet the next session with a reset that may have cost the cache. What is flushed before this one ends
// cannot have been lost by then. True where that was begun.
bool IscsiQueue::say_farewell() {
  IscsiIo* io = may_send() && is_farewell_wanted() ? pool_.take() : nullptr;
  if (io == nullptr) return false;
  farewell_.is_said = true;
  farewell_.request.op = BlockOp::flush;
  farewell_.request.owner = &farewell_;
  farewell_.request.deadline_ns = kNever;
  ++unfinished_;
  io->start(farewell_.request);
  io->flush_start = lun_.cache().begin_flush();
  ios_.push_back(*io);
  reactor_.arm(drain_timer_, reactor_.now_ns() + kFarewellPatienceNs);
  send(*io);
  legs_.pump();
  return true;
}

void IscsiQueue::drain_patience_ended() {
  for (const auto& leg : legs_.all()) leg->link().drop({});
}

void IscsiQueue::check_drained() {
  if (unfinished_ > 0 || !legs_.are_idle()) return;
  is_draining_ = false;
  is_awake_ = false;
  is_failing_fast_ = false;
  farewell_.is_said = false;
  for (Timer* timer : {&deadline_timer_, &pause_timer_, &replacement_timer_, &drain_timer_, &probe_timer_}) {
    reactor_.cancel(*timer);
  }
}

}  // namespace laneway
