// What an IscsiQueue tells of requests that are traced: where their time went.
#include <algorithm>

#include "backend/iscsi_queue.h"

namespace laneway {

namespace {

uint64_t rest(uint64_t whole_ns, uint64_t part_ns) { return whole_ns > part_ns ? whole_ns - part_ns : 0; }

uint64_t arrival_of(const BlockRequest& request) { return request.start_ns + request.held_ns; }

}  // namespace

// Nothing can be sent now. A fence takes its time only where there is a session that sees to it.
void IscsiQueue::note_pause() {
  const bool has_session =
      std::any_of(legs_.all().begin(), legs_.all().end(), [](const auto& leg) { return leg->was_ready; });
  const bool is_fence = has_session && lun_.debt().is_due();
  pauses_.begin(is_fence ? SendingPauses::Why::fence : SendingPauses::Why::no_path, reactor_.now_ns());
}

// The target gave the present command back undone.
void IscsiQueue::note_turned_away(IscsiIo& io, uint64_t pause_ns) {
  io.has_tale = true;
  if (io.tale.retries < UINT8_MAX) ++io.tale.retries;
  io.tale.earlier_ns += rest(reactor_.now_ns(), io.task.sent_ns);
  io.tale.busy_ns += pause_ns;
}

bool IscsiQueue::tell(BlockTrace& trace) const {
  trace = BlockTrace();
  trace.queue = static_cast<uint16_t>(queue_number_);
  if (ending_io_ != nullptr) {
    tell_of(*ending_io_, trace);
  } else if (ending_ != nullptr) {
    tell_of(*ending_, trace);
  }
  return ending_io_ != nullptr || ending_ != nullptr;
}

void IscsiQueue::tell_of(const IscsiIo& io, BlockTrace& trace) const {
  using Why = SendingPauses::Why;
  const BlockRequest& request = io.request();
  const iscsi::ScsiTask& task = io.task;
  const IscsiIo::Tale& tale = io.tale;
  const uint64_t now_ns = reactor_.now_ns();
  const uint64_t arrival_ns = arrival_of(request);
  // What was lost with its session and not sent again was not sent.
  const bool is_sent = task.was_sent && !io.was_lost;
  const uint64_t sent_ns = is_sent ? task.sent_ns : now_ns;

  if (io.leg != nullptr) trace.path = io.leg->path().id();
  trace.lost_path = tale.lost_path;
  trace.replays = tale.replays;
  trace.retries = tale.retries;
  if (is_sent) {
    trace.sent_ns = task.sent_ns;
    trace.r2t_ns = task.r2t_ns;
    trace.first_data_ns = task.first_data_ns;
    trace.task_tag = task.task_tag;
    if (task.outcome == iscsi::TaskOutcome::answered) trace.answered_ns = now_ns;
  }
  const uint64_t started_ns = io.started_ns != 0 ? io.started_ns : arrival_ns;
  const uint64_t early_fence_ns = pauses_.within_ns(Why::fence, arrival_ns, started_ns);
  const uint64_t early_path_ns = pauses_.within_ns(Why::no_path, arrival_ns, started_ns);
  trace.slot_ns = rest(rest(started_ns, arrival_ns), early_fence_ns + early_path_ns);
  trace.fence_ns = pauses_.within_ns(Why::fence, arrival_ns, sent_ns);
  if (tale.lost_ns != 0) {
    const uint64_t fence_ns = pauses_.within_ns(Why::fence, tale.lost_ns, sent_ns);
    trace.path_ns = early_path_ns + rest(rest(sent_ns, tale.lost_ns), fence_ns);
  } else {
    trace.path_ns = pauses_.within_ns(Why::no_path, arrival_ns, sent_ns);
    const uint64_t late_ns = trace.path_ns - early_path_ns + trace.fence_ns - early_fence_ns;
    const bool is_first = tale.retries == 0 && tale.earlier_ns == 0;
    if (is_first) trace.window_ns = rest(rest(sent_ns, started_ns), late_ns);
  }
  trace.busy_ns = tale.busy_ns;
  trace.earlier_ns = tale.earlier_ns;
}

// One that waited until it was given up.
void IscsiQueue::tell_of(const BlockRequest& request, BlockTrace& trace) const {
  const uint64_t now_ns = reactor_.now_ns();
  const uint64_t arrival_ns = arrival_of(request);
  trace.fence_ns = pauses_.within_ns(SendingPauses::Why::fence, arrival_ns, now_ns);
  trace.path_ns = pauses_.within_ns(SendingPauses::Why::no_path, arrival_ns, now_ns);
  trace.slot_ns = rest(rest(now_ns, arrival_ns), trace.fence_ns + trace.path_ns);
}

}  // namespace laneway
