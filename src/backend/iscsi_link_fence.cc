// How an IscsiLink fences: on a new session or on the one that is there, alone among its siblings; and what a session
// that is there knows about the disk.
#include "backend/iscsi_link.h"

namespace laneway {

namespace {

constexpr uint64_t kQuietPatienceNs = 500 * kMillisecond;  // for tasks to end before a fence

}  // namespace

// The other sessions are quiet or gone before this one resets the LUN, and go on when it did.
void IscsiLink::siblings_changed() {
  switch (phase_) {
    case Phase::ready:
      return sibling_.is_cut() ? fall_quiet() : testify();
    case Phase::fencing:
      if (!fence_.is_running()) go_on_fencing();
      return;
    case Phase::pausing:
      if (!timer_.is_armed()) connect_soon();
      return;
    case Phase::vouching:
      if (!sibling_.is_in_doubt() && !sibling_.is_cut()) {
        reactor_.cancel(timer_);
        return take_up();
      }
      [[fallthrough]];
    case Phase::connecting:
    case Phase::verifying:
    case Phase::logging_out:
      // Not worth waiting for, and a reset would confuse what it is told.
      if (sibling_.is_cut()) drop("another session of the function resets the LUN");
      return;
    default:
      return;
  }
}

void IscsiLink::fall_quiet() {
  if (phase_ != Phase::ready) return;
  phase_ = Phase::quieting;
  owner_.link_unready();
  known_resets_ = lun_.debt().resets();
  reactor_.arm(timer_, reactor_.now_ns() + kQuietPatienceNs);
  check_quiet();
}

void IscsiLink::check_quiet() {
  if (session().task_count() > 0) return;
  interrogation_.stop();  // a probe that pauses
  is_probing_ = false;
  reactor_.cancel(timer_);
  phase_ = Phase::fencing;
  go_on_fencing();
}

void IscsiLink::go_on_fencing() {
  if (sibling_.is_cut()) return sibling_.fall_quiet();
  const FenceDebt::Plan plan = lun_.debt().plan(path_, reactor_.now_ns());
  if (!plan.is_due) return rejoin();
  if (plan.is_reset_due) {
    if (sibling_.may_fence()) start_fence(plan);
    return;
  }
  // Another unit than this path's: only time proves anything, or a reset over a path to that one.
  if (plan.wait_until_ns <= reactor_.now_ns()) {
    lun_.debt().time_stands(reactor_.now_ns());
    return go_on_fencing();
  }
  sibling_.fall_quiet();
  reactor_.arm(timer_, plan.wait_until_ns);
}

void IscsiLink::start_fence(const FenceDebt::Plan& plan) {
  reactor_.cancel(timer_);
  const IscsiTargetSettings& settings = target().settings();
  fence_.start(session(), path_.number(),
               {.may_reset = !settings.has_shared_luns,
                .may_clear_tasks = plan.is_own_path,
                .answer_timeout_ns = settings.lu_reset_timeout_ns,
                .delay_ns = settings.fence_delay_ns});
}

void IscsiLink::fence_stands() {
  lun_.debt().reset_stands(path_);
  sibling_.end_fence();
  meter_.fences.add(1);
  go_on_fencing();
}

// The reset left a unit attention behind on every session.
void IscsiLink::rejoin() {
  sibling_.end_fence();
  if (!sibling_.begin_session()) return;
  is_after_fence_ = true;
  phase_ = Phase::verifying;
  reactor_.arm(timer_, reactor_.now_ns() + target().settings().login_timeout_ns);
  interrogation_.start_ready_check(session(), path_.number());
}

void IscsiLink::rejoined() {
  // Nobody of ours reset the disk while this session was quiet.
  const bool is_strange = is_known_alive_ && lun_.debt().resets() == known_resets_;
  if (is_strange && interrogation_.may_have_lost_cache()) owner_.cache_may_be_lost();
  if (!interrogation_.is_complete()) owner_.access_learned(interrogation_.access());
  if (!lun_.debt().is_due()) {
    const bool has_news = interrogation_.has_news();
    become_ready();
    if (has_news) revalidate();
    return;
  }
  is_after_fence_ = false;
  phase_ = Phase::fencing;
  go_on_fencing();
}

// True where a new session reported, or may have been about to report, that the disk lost its cache.
bool IscsiLink::is_greeting_news() const {
  if (phase_ != Phase::verifying || is_revalidating_ || is_known_alive_) return false;
  return interrogation_.may_have_lost_cache() || interrogation_.is_awaiting_answer();
}

// Many targets greet every new session like that. Where the disk lost its cache, the sessions from before are dead or
// hear of it.
void IscsiLink::doubt_greeting() {
  if (!sibling_.raise_doubt(lun_.debt().is_one_task_set())) owner_.cache_may_be_lost();
}

// Others wait for this session's word. What it was asked before their greeting came would prove nothing.
void IscsiLink::testify() {
  if (phase_ == Phase::ready && sibling_.is_asked()) probe();
}

void IscsiLink::leave_witnesses() {
  if (sibling_.leave_witnesses()) owner_.cache_may_be_lost();
  sibling_.end_hopeless_doubts();
}

bool IscsiLink::probe() {
  if (phase_ != Phase::ready || interrogation_.is_running()) return false;
  is_probing_ = true;
  testimony_ = sibling_.latest_doubt();
  interrogation_.start_ready_check(session(), path_.number());
  return true;
}

void IscsiLink::probe_ended() {
  is_probing_ = false;
  const bool was_reset = interrogation_.may_have_lost_cache();
  if (was_reset) owner_.cache_may_be_lost();
  sibling_.vouch(testimony_);
  if (!interrogation_.is_complete()) owner_.access_learned(interrogation_.access());
  owner_.probe_answered(interrogation_.outcome());
  if (phase_ != Phase::ready) return;
  if (was_reset) return drop("the target reports that the LUN was reset");
  if (std::exchange(is_revalidation_due_, false) || interrogation_.has_news()) return revalidate();
  testify();
}

void IscsiLink::hurry() {
  if (phase_ != Phase::pausing || !timer_.is_armed()) return;
  pause_.succeed();
  reactor_.arm(timer_, reactor_.now_ns());
}

}  // namespace laneway
