#include "backend/iscsi_link.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr uint32_t kRedirectsMax = 4;                // in a row
constexpr uint64_t kRefusalPauseNs = kSecond;        // the target said no; it will not change its mind at once
constexpr uint64_t kIdentityPauseNs = 5 * kSecond;   // somebody has to mend the mapping
constexpr uint64_t kStableNs = 5 * kSecond;          // a session that lasted so long was a good one
constexpr uint64_t kLogoutPatienceNs = 3 * kSecond;  // nobody waits longer for good manners
constexpr uint64_t kAskedPauseNsMax = 5 * kSecond;   // a target may ask for a pause, not for a long one

uint64_t seed_of(const iscsi::Isid& isid) {
  uint64_t seed = 0;
  for (const uint8_t byte : isid) seed = seed << 8 | byte;
  return seed;
}

}  // namespace

IscsiLink::IscsiLink(Reactor& reactor, IscsiLun& lun, LunPath& path, IscsiMeter& meter, IscsiLinkOwner& owner)
    : reactor_(reactor),
      lun_(lun),
      path_(path),
      isid_(meter.isid()),
      meter_(meter),
      owner_(owner),
      connection_(reactor, *this),
      interrogation_(reactor, *this),
      fence_(reactor, *this),
      sibling_(reactor, lun.siblings(), path, *this),
      timer_(this, fire_by<&IscsiLink::time_came>),
      pause_(seed_of(meter.isid())) {}

IscsiLink::~IscsiLink() {
  LW_ASSERT(is_idle());
  reactor_.cancel(timer_);
}

void IscsiLink::want() {
  if (phase_ != Phase::idle) return;
  meter_.set_state(down_state());
  // A first attempt is made at once; one after failures waits like the others.
  return pause_.failures() == 0 ? connect_soon() : pause(0);
}

IscsiLinkState IscsiLink::down_state() const {
  return was_ready_ ? IscsiLinkState::recovering : IscsiLinkState::connecting;
}

// Through the timer, so that a new session is never made from inside the end of the old one.
void IscsiLink::connect_soon() {
  phase_ = Phase::pausing;
  reactor_.arm(timer_, reactor_.now_ns());
}

void IscsiLink::pause(uint64_t least_ns) {
  phase_ = Phase::pausing;
  reactor_.arm(timer_, reactor_.now_ns() + std::max(pause_.next_ns(), least_ns));
}

void IscsiLink::time_came() {
  switch (phase_) {
    case Phase::pausing:
      is_refused_ = false;
      phase_ = Phase::idle;
      if (owner_.wants_link()) return connect();
      meter_.set_state(IscsiLinkState::idle, why_);
      return;
    case Phase::verifying:
      raise(LunCondition::not_ready);
      return drop("the LUN does not answer after login");
    case Phase::logging_out:
      return drop("the target does not answer the logout");
    case Phase::quieting:
      return drop("its tasks do not end while the LUN has to be fenced");
    case Phase::fencing:
      return go_on_fencing();
    case Phase::vouching:
      // Nobody can be waited for longer.
      owner_.cache_may_be_lost();
      return sibling_.end_all_doubts();
    default:
      return;
  }
}

Result<SocketAddress> IscsiLink::choose_address() {
  if (redirect_) return *redirect_;
  std::vector<SocketAddress> addresses = path_.addresses();
  if (addresses.empty()) {
    return fail(ErrorCode::unreachable, "no address of target {} is known", target().settings().name);
  }
  return std::move(addresses[next_portal_ % addresses.size()]);
}

void IscsiLink::connect() {
  // While another queue of the function resets the LUN: siblings_changed() goes on.
  if (!sibling_.begin_session()) {
    phase_ = Phase::pausing;
    return;
  }
  is_after_fence_ = false;
  wait_ns_ = 0;
  auto address = choose_address();
  if (!address) return attempt_failed(address.error().message);
  portal_ = address->text;
  meter_.set_portal(portal_);
  if (!target().take_session()) {
    return attempt_failed(fmt::format("all {} sessions that target {} may have are taken; raise sessions-max",
                                      target().settings().sessions_max, target().settings().name));
  }
  phase_ = Phase::connecting;
  meter_.set_state(was_ready_ ? IscsiLinkState::recovering : IscsiLinkState::login, why_);
  auto opened = connection_.open(session_options(target().settings(), isid_), *address);
  if (opened) return;
  target().give_back_session();
  attempt_failed(opened.error().message);
}

// Before there was a connection.
void IscsiLink::attempt_failed(std::string_view why) {
  sibling_.end_session();
  why_ = why;
  report_loss();
  ++next_portal_;
  redirect_.reset();
  meter_.set_state(down_state(), why_);
  pause(0);
}

void IscsiLink::report_loss() {
  uint64_t held_back = 0;
  if (!gate_.admit(reactor_.now_ns(), held_back)) return;
  log_warning("function {}: no session with target {} at {} (LUN {}): {}; {} while it is tried again", lun_.function(),
              target().settings().name, portal_, path_.number(), why_,
              lun_.paths().count() == 1 ? "requests wait" : "requests take other paths, or wait,");
}

void IscsiLink::connection_progressed() {
  take_finished();
  if (phase_ == Phase::closing) return;
  take_news();
  const iscsi::SessionState state = session().state();
  if (iscsi::is_ended(state)) return session_ended();
  if (phase_ == Phase::connecting && state == iscsi::SessionState::full_feature) verify();
}

void IscsiLink::take_finished() {
  while (iscsi::ScsiTask* task = session().take_finished()) {
    if (interrogation_.owns(*task)) {
      interrogation_.task_finished();
    } else {
      has_progressed_ = true;
      owner_.task_finished(*task);
    }
  }
  while (session().take_finished_management() != nullptr) fence_.function_finished();
  if (phase_ == Phase::quieting) check_quiet();
}

void IscsiLink::take_news() {
  iscsi::AsyncSense event;
  while (phase_ != Phase::closing && session().take_async_sense(event)) {
    const auto sense = scsi::decode_sense(event.sense());
    if (!sense) continue;
    const scsi::Verdict verdict = scsi::judge_sense(*sense);
    if (verdict.has_capacity_changed || verdict.has_lun_list_changed || verdict.has_identity_changed ||
        verdict.has_access_changed) {
      revalidate();
    }
  }
}

void IscsiLink::session_ended() {
  if (phase_ == Phase::logging_out) return drop({});
  switch (session().state()) {
    case iscsi::SessionState::redirected:
      return follow_redirect();
    case iscsi::SessionState::failed:
      target().faults().note(session().fault());
      if (session().is_refusal()) wait_ns_ = kRefusalPauseNs;
      return drop(session().failure().message);
    default:
      wait_ns_ = std::min(session().reconnect_wait_s() * kSecond, kAskedPauseNsMax);
      return drop("the target asked for the session to end");
  }
}

void IscsiLink::follow_redirect() {
  const iscsi::Redirect& redirect = *session().redirect();
  const IscsiPortal portal{redirect.host, redirect.port};
  auto address = target().find_redirect(portal);
  if (!address || ++redirects_ > kRedirectsMax) {
    redirect_.reset();
    redirects_ = 0;
    return drop(fmt::format("the target redirects to {}, which cannot be followed: {}", portal_text(portal),
                            address ? "it redirects in a circle" : address.error().message));
  }
  redirect_ = std::move(*address);
  drop({});
}

void IscsiLink::verify() {
  phase_ = Phase::verifying;
  is_revalidating_ = false;
  has_progressed_ = false;
  redirects_ = 0;
  meter_.logins.add(1);
  if (was_ready_) meter_.reconnects.add(1);
  reactor_.arm(timer_, reactor_.now_ns() + target().settings().login_timeout_ns);
  interrogation_.start(session(), path_.number());
}

void IscsiLink::revalidate() {
  if (phase_ != Phase::ready) return;
  if (interrogation_.is_running()) {
    is_revalidation_due_ = true;  // once the probe has its answer
    return;
  }
  phase_ = Phase::verifying;
  owner_.link_unready();
  is_revalidating_ = true;
  reactor_.arm(timer_, reactor_.now_ns() + target().settings().login_timeout_ns);
  interrogation_.start(session(), path_.number());
}

void IscsiLink::interrogation_ended() {
  if (is_probing_) return probe_ended();
  reactor_.cancel(timer_);
  if (!interrogation_.outcome()) {
    const Error& error = interrogation_.outcome().error();
    if (error.code == ErrorCode::not_found) raise(LunCondition::gone);
    return drop(error.message);
  }
  if (is_after_fence_) return rejoined();
  if (is_revalidating_ && interrogation_.may_have_lost_cache()) {
    owner_.cache_may_be_lost();
    return drop("the target reports that the LUN was reset");
  }
  const bool is_right = interrogation_.is_complete() ? lun_.accept(interrogation_.facts())
                                                     : lun_.is_identity(interrogation_.facts().identity);
  if (!is_right) return refuse();
  owner_.access_learned(interrogation_.access());
  if (is_greeting_news()) doubt_greeting();
  if (is_revalidating_ || !sibling_.is_in_doubt()) return take_up();
  phase_ = Phase::vouching;
  reactor_.arm(timer_, reactor_.now_ns() + target().settings().login_timeout_ns);
}

// The LUN is the right disk.
void IscsiLink::take_up() {
  if (!lun_.debt().is_due()) return become_ready();
  phase_ = Phase::fencing;
  if (!is_revalidating_) return go_on_fencing();
  phase_ = Phase::ready;  // with tasks under way
  fall_quiet();
}

// Of the only path; one of several says nothing about the others.
void IscsiLink::raise(LunCondition condition) {
  if (lun_.paths().count() == 1) lun_.health().raise(condition, reactor_.now_ns());
}

void IscsiLink::become_ready() {
  phase_ = Phase::ready;
  is_after_fence_ = false;
  is_known_alive_ = true;
  ready_since_ns_ = reactor_.now_ns();
  if (was_ready_ && !why_.empty()) {
    uint64_t held_back = 0;
    if (gate_.admit(reactor_.now_ns(), held_back)) {
      log_info("function {}: session with target {} (LUN {}) is back; waiting requests go on", lun_.function(),
               target().settings().name, path_.number());
    }
  }
  lun_.health().joined(reactor_.now_ns());
  was_ready_ = true;
  why_.clear();
  meter_.set_state(IscsiLinkState::ready);
  sibling_.become_witness();
  owner_.link_ready();
  testify();
}

void IscsiLink::refuse() {
  is_refused_ = true;
  wait_ns_ = kIdentityPauseNs;
  raise(LunCondition::replaced);
  const LunFacts expected = lun_.facts();
  const LunFacts& found = interrogation_.facts();
  log_error(
      "function {}: LUN {} of target {} is another disk now: expected {} with blocks of {}, found {} with blocks of "
      "{}; "
      "it is not used; map the right disk to the LUN",
      lun_.function(), path_.number(), target().settings().name, expected.identity, expected.limits.block_bytes,
      found.identity, found.limits.block_bytes);
  drop(fmt::format("LUN {} is another disk now: {} instead of {}", path_.number(), found.identity, expected.identity));
}

void IscsiLink::drop(std::string_view why) {
  if (phase_ == Phase::idle || phase_ == Phase::pausing || phase_ == Phase::closing) return;
  why_ = why;
  if (is_known_alive_ && has_progressed_) pause_.progress();
  if (is_known_alive_ && reactor_.now_ns() - ready_since_ns_ >= kStableNs) pause_.succeed();
  if (!is_known_alive_) ++next_portal_;
  // What a new session reported about the cache holds also where it ends before it was ready.
  if (is_greeting_news()) doubt_greeting();
  phase_ = Phase::closing;
  owner_.link_unready();
  is_probing_ = is_revalidation_due_ = is_known_alive_ = false;
  interrogation_.stop();
  fence_.stop();
  reactor_.cancel(timer_);
  if (!why_.empty() && !is_refused_) report_loss();
  meter_.set_state(is_refused_ ? IscsiLinkState::failed : down_state(), why_);
  connection_.close();
}

void IscsiLink::close() {
  if (phase_ == Phase::idle || phase_ == Phase::closing || phase_ == Phase::logging_out) return;
  if (phase_ == Phase::pausing) {
    reactor_.cancel(timer_);
    phase_ = Phase::idle;
    is_refused_ = false;
    meter_.set_state(IscsiLinkState::idle);
    return;
  }
  if (phase_ != Phase::ready) return drop({});
  phase_ = Phase::logging_out;
  owner_.link_unready();
  session().logout(reactor_.now_ns());
  reactor_.arm(timer_, reactor_.now_ns() + std::min(kLogoutPatienceNs, target().settings().logout_timeout_ns));
  pump();
}

void IscsiLink::give_back_tasks() {
  take_finished();
  while (iscsi::ScsiTask* task = session().abandon()) {
    if (!interrogation_.owns(*task)) owner_.task_lost(*task);
  }
  while (session().abandon_management() != nullptr) {
  }
}

void IscsiLink::connection_closed() {
  const bool was_redirected = session().state() == iscsi::SessionState::redirected;
  give_back_tasks();
  leave_witnesses();
  sibling_.end_session();
  target().give_back_session();
  if (!was_redirected) redirect_.reset();
  phase_ = Phase::idle;
  meter_.set_state(is_refused_ ? IscsiLinkState::failed : down_state(), why_);
  owner_.link_lost();
  if (is_refused_) {
    pause(wait_ns_);
    return owner_.link_refused();
  }
  if (phase_ != Phase::idle) return;
  if (owner_.wants_link()) return was_redirected && redirect_ ? connect_soon() : pause(wait_ns_);
  meter_.set_state(IscsiLinkState::idle, why_);
}

}  // namespace laneway
