#include "backend/iscsi_queue.h"

#include <algorithm>
#include <utility>

namespace laneway {

namespace {

constexpr uint32_t kSplitsMax = 2;     // requests that are being split at a time; more wait
constexpr uint32_t kAttemptsMax = 64;  // of one command that is turned away at once each time
constexpr uint64_t kBusyPauseNs = 5 * kMillisecond;
constexpr uint64_t kBusyPauseNsMax = kSecond;

}  // namespace

Result<std::unique_ptr<BlockQueue>> IscsiQueue::open(Reactor& reactor, IscsiLun& lun) {
  auto queue = std::make_unique<IscsiQueue>(reactor, lun, lun.take_queue_number());
  if (auto taken = queue->legs_.take_up_paths(); !taken) return pass_on(taken);
  return queue;
}

IscsiQueue::IscsiQueue(Reactor& reactor, IscsiLun& lun, uint32_t queue_number)
    : reactor_(reactor),
      lun_(lun),
      queue_number_(queue_number),
      legs_(reactor, lun, queue_number, *this),
      bell_(reactor, *this),
      limits_(lun.facts().limits),
      pool_(lun.paths().all().front()->target().settings().queue_depth),
      splits_(kSplitsMax),
      deadline_timer_(this, fire_by<&IscsiQueue::deadline_came>),
      pause_timer_(this, fire_by<&IscsiQueue::resume_paused>),
      replacement_timer_(this, fire_by<&IscsiQueue::replacement_timed_out>),
      drain_timer_(this, fire_by<&IscsiQueue::drain_patience_ended>),
      refresh_timer_(this, fire_by<&IscsiQueue::refresh_time_came>),
      probe_timer_(this, fire_by<&IscsiQueue::probe_legs>) {
  lun_.paths().enlist(bell_);
}

IscsiQueue::~IscsiQueue() {
  LW_ASSERT(is_drained() && legs_.are_idle());
  lun_.paths().delist(bell_);
  lun_.give_back_queue_number(queue_number_);
  for (Timer* timer :
       {&deadline_timer_, &pause_timer_, &replacement_timer_, &drain_timer_, &refresh_timer_, &probe_timer_}) {
    reactor_.cancel(*timer);
  }
  TurnEnd::unlink();
}

void IscsiQueue::submit(std::span<BlockRequest* const> batch) {
  uint64_t earliest_ns = kNever;
  const bool have_others_waited = !waiting_.empty();
  for (BlockRequest* request : batch) {
    waiting_.push_back(*request);
    // What its guest knew when it asked: one that waits here must not learn by the failure of another.
    request->queue_word = lun_.cache().losses_told();
    earliest_ns = std::min(earliest_ns, request->deadline_ns);
  }
  unfinished_ += static_cast<uint32_t>(batch.size());
  watch_deadline(earliest_ns);
  if (is_draining_ || is_failing_fast_ || legs_.are_all_refusing()) reactor_.at_turn_end(*this);
  if (is_draining_) return;
  if (legs_.is_ready()) return start_waiting(have_others_waited ? reactor_.now_ns() : 0);
  want_legs();
  note_pause();
  const uint64_t patience_ns = replacement_timeout_ns();
  if (patience_ns > 0 && !replacement_timer_.is_armed() && !is_failing_fast_) {
    reactor_.arm(replacement_timer_, reactor_.now_ns() + patience_ns);
  }
}

// `late_ns`: now, where they have waited; 0: they come right now.
void IscsiQueue::start_waiting(uint64_t late_ns) {
  if (lun_.debt().is_due()) return hold_for_fence();
  if (pauses_.is_running()) [[unlikely]]
    pauses_.end(reactor_.now_ns());
  while (BlockRequest* request = waiting_.front()) {
    if (!take_slot(*request, late_ns)) break;
  }
  legs_.pump();
}

// Moves the first waiting request into a slot and sends it; false where there is none.
bool IscsiQueue::take_slot(BlockRequest& request, uint64_t late_ns) {
  IscsiIo* io = pool_.take();
  if (io == nullptr) return false;
  io->start(request);
  if (io->needs_split(limits_)) {
    io->split = splits_.take();
    if (io->split == nullptr) {
      pool_.give_back(*io);
      return false;
    }
  }
  request.unlink();
  io->started_ns = late_ns;
  ios_.push_back(*io);
  if (request.op == BlockOp::flush) {
    io->flush_start = lun_.cache().begin_flush();
    io->flush_start.losses_told = request.queue_word;
  }
  send(*io);
  return true;
}

void IscsiQueue::send(IscsiIo& io) {
  if (io.request().op == BlockOp::flush && lun_.cache().must_fail(io.flush_start)) {
    tell_loss(io);
    return finish_soon(io, Status::io_error);
  }
  // The limits may have become stricter since the request got its slot.
  if (io.split == nullptr && io.needs_split(limits_)) io.split = splits_.take();
  const Status status = io.prepare(limits_);
  if (status != Status::ok) return finish_soon(io, status);
  io.place = IscsiIo::Place::session;
  ++in_session_;
  PathLeg& leg = legs_.choose();
  io.leg = &leg;
  io.task.lun = leg.lun_field();
  ++leg.under_way;
  if (legs_.measures_time()) io.sent_ns = reactor_.now_ns();
  leg.link().session().submit(io.task);
}

// After a new login or over another path: everything that is unfinished, in order of arrival, before anything new.
void IscsiQueue::send_held() {
  for (IscsiIo* io = ios_.front(); io != nullptr; io = ios_.next(*io)) {
    if (io->place != IscsiIo::Place::held || io->has_ended()) continue;
    const bool was_lost = std::exchange(io->was_lost, false);
    io->restart();
    send(*io);
    if (was_lost && io->leg != nullptr) io->leg->meter().replays.add(1);
  }
}

void IscsiQueue::task_finished(iscsi::ScsiTask& task) {
  auto& io = *static_cast<IscsiIo*>(task.owner);
  --in_session_;
  --io.leg->under_way;
  if (io.sent_ns != 0) legs_.note_end(*io.leg, reactor_.now_ns() - std::exchange(io.sent_ns, 0));
  io.place = IscsiIo::Place::held;
  if (is_draining_) reactor_.at_turn_end(*this);
  const bool is_good =
      task.outcome == iscsi::TaskOutcome::answered && task.scsi_status == static_cast<uint8_t>(scsi::ScsiStatus::good);
  if (is_good && io.is_whole()) return command_succeeded(io);
  command_failed(io);
}

void IscsiQueue::command_succeeded(IscsiIo& io) {
  if (lun_.health().is_marked()) lun_.health().succeeded(io.may_change_disk(), reactor_.now_ns());
  const BlockRequest& request = io.request();
  if (!io.finish_command(limits_)) {
    io.has_tale = true;
    io.tale.earlier_ns += reactor_.now_ns() - io.task.sent_ns;
    if (may_send()) {
      send(io);
      legs_.pump();
    }
    return;
  }
  if (request.op == BlockOp::read) io.leg->meter().read_bytes.add(request.length_bytes);
  if (request.op == BlockOp::write) io.leg->meter().written_bytes.add(request.length_bytes);
  if (io.may_change_disk() && !request.is_fua) lun_.cache().note_write();
  if (request.op == BlockOp::flush) return flush_succeeded(io);
  finish(io, Status::ok);
}

void IscsiQueue::flush_succeeded(IscsiIo& io) {
  if (!lun_.cache().must_fail(io.flush_start)) {
    lun_.cache().note_flush(io.flush_start);
    return finish(io, Status::ok);
  }
  // Lost while this was under way: what it flushed is not all that was written.
  tell_loss(io);
  finish(io, Status::io_error);
}

// The guest is told by this flush; unless it is not the guest's.
void IscsiQueue::tell_loss(const IscsiIo& io) {
  if (&io.request() != &farewell_.request) lun_.cache().tell_loss();
}

void IscsiQueue::command_failed(IscsiIo& io) {
  const iscsi::ScsiTask& task = io.task;
  if (task.outcome != iscsi::TaskOutcome::answered) return retry_later(io, Status::io_error);
  const scsi::Verdict verdict = scsi::judge(task.scsi_status, task.sense());
  if (!verdict.is_port_inaccessible || legs_.is_only_one()) lun_.health().failed(verdict, reactor_.now_ns());
  act_on_news(*io.leg, verdict);
  if (verdict.is_port_inaccessible) return go_elsewhere(io);
  switch (verdict.action) {
    case scsi::Action::retry_now:
      if (++io.attempts >= kAttemptsMax) return finish(io, Status::io_error);
      io.leg->meter().retries.add(1);
      note_turned_away(io, 0);
      if (!may_send()) return;  // held: goes out when a link is ready again
      send(io);
      return legs_.pump();
    case scsi::Action::retry_later:
      return retry_later(io, verdict.status);
    case scsi::Action::done:
      break;
  }
  // GOOD with less data than asked for.
  if (verdict.status == Status::ok) return finish(io, Status::io_error);
  // No cache was told of and no command to flush one: there is nothing to flush.
  const bool has_no_cache = !limits_.is_cache_known || !limits_.has_volatile_cache;
  if (io.request().op == BlockOp::flush && verdict.is_unsupported && has_no_cache) return finish(io, Status::ok);
  finish(io, verdict.is_unsupported ? Status::unsupported : verdict.status);
}

void IscsiQueue::act_on_news(PathLeg& leg, const scsi::Verdict& verdict) {
  if (verdict.was_reset) {
    // Somebody reset the disk: tasks of ours may have died without an answer, and the cache with them.
    cache_may_be_lost(leg);
    return leg.link().drop("the target reports that the LUN was reset");
  }
  if (verdict.is_gone) return leg.link().drop("the target shows the LUN no more");
  if (verdict.were_tasks_cleared) return leg.link().drop("another initiator cleared the tasks of the LUN");
  if (verdict.has_capacity_changed || verdict.has_lun_list_changed || verdict.has_identity_changed ||
      verdict.has_access_changed) {
    leg.link().revalidate();
  }
}

void IscsiQueue::retry_later(IscsiIo& io, Status last_status) {
  // A command that the target keeps failing in its own way, not as busy, is given up in the end.
  if (io.task.outcome != iscsi::TaskOutcome::answered && io.attempts >= kAttemptsMax) return finish(io, last_status);
  io.leg->meter().retries.add(1);
  const uint64_t pause_ns = std::min(kBusyPauseNs << std::min(io.attempts, 16u), kBusyPauseNsMax);
  note_turned_away(io, pause_ns);
  ++io.attempts;
  io.place = IscsiIo::Place::paused;
  io.resume_ns = reactor_.now_ns() + pause_ns;
  if (!pause_timer_.is_armed() || io.resume_ns < pause_timer_.deadline_ns()) reactor_.arm(pause_timer_, io.resume_ns);
}

void IscsiQueue::resume_paused() {
  uint64_t next_ns = kNever;
  for (IscsiIo* io = ios_.front(); io != nullptr; io = ios_.next(*io)) {
    if (io->place != IscsiIo::Place::paused) continue;
    if (io->resume_ns > reactor_.now_ns()) {
      next_ns = std::min(next_ns, io->resume_ns);
      continue;
    }
    io->place = IscsiIo::Place::held;
    if (may_send() && !is_draining_) send(*io);
  }
  if (next_ns != kNever) reactor_.arm(pause_timer_, next_ns);
  legs_.pump();
}

void IscsiQueue::finish(IscsiIo& io, Status status) {
  BlockRequest& request = io.request();
  io.unlink();
  if (io.split != nullptr) splits_.give_back(*io.split);
  io.split = nullptr;
  pool_.give_back(io);
  ending_io_ = &io;  // as it was, until finish() submits
  finish(request, status);
  if (!waiting_.empty() || is_draining_) reactor_.at_turn_end(*this);
}

void IscsiQueue::finish(BlockRequest& request, Status status) {
  --unfinished_;
  request.owner->finish(request, status);
}

// From inside submit() nothing may finish.
void IscsiQueue::finish_soon(IscsiIo& io, Status status) {
  io.end_with(status);
  has_ended_ios_ = true;
  reactor_.at_turn_end(*this);
}

}  // namespace laneway
