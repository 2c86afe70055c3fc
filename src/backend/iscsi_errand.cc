#include "backend/iscsi_errand.h"

#include <algorithm>

namespace laneway {

namespace {

constexpr uint32_t kRedirectsMax = 4;
constexpr uint64_t kLogoutPatienceNs = 2 * kSecond;

}  // namespace

IscsiErrand::IscsiErrand(Reactor& reactor, Plan plan)
    : reactor_(reactor),
      plan_(std::move(plan)),
      connection_(reactor, *this),
      deadline_timer_(this, fire_by<&IscsiErrand::deadline_came>),
      connect_timer_(this, fire_by<&IscsiErrand::connect>) {}

IscsiErrand::~IscsiErrand() {
  LW_ASSERT(!connection_.is_open());
  reactor_.cancel(deadline_timer_);
  reactor_.cancel(connect_timer_);
}

void IscsiErrand::start(IscsiErrandWatcher* watcher) {
  watcher_ = watcher;
  untried_.assign(plan_.addresses.rbegin(), plan_.addresses.rend());
  outcome_ = fail(ErrorCode::unreachable, "{} has no address", plan_.subject);
  reactor_.arm(deadline_timer_, reactor_.now_ns() + plan_.timeout_ns);
  reactor_.arm(connect_timer_, reactor_.now_ns());
}

void IscsiErrand::connect() {
  while (!untried_.empty()) {
    const SocketAddress address = std::move(untried_.back());
    untried_.pop_back();
    portal_ = address.text;
    auto opened = connection_.open(plan_.options, address);
    if (opened) return;
    outcome_ = std::move(opened);
  }
  end();
}

void IscsiErrand::connection_progressed() {
  const iscsi::SessionState state = session().state();
  if (state == iscsi::SessionState::full_feature && !has_begun_) {
    has_begun_ = true;
    begin();
  }
  if (has_begun_ && !is_settled_) look();
  if (iscsi::is_ended(session().state())) session_ended();
}

void IscsiErrand::session_ended() {
  if (is_settled_) return connection_.close();
  if (session().state() == iscsi::SessionState::redirected) return follow_redirect();
  if (session().state() != iscsi::SessionState::failed) {
    return give_up({ErrorCode::refused, fmt::format("{} at {} ended the session", plan_.subject, portal_)});
  }
  const Error& failure = session().failure();
  Error error{failure.code, fmt::format("{} at {}: {}", plan_.subject, portal_, failure.message)};
  if (has_begun_ || session().is_refusal()) return give_up(std::move(error));
  // The next address may be better.
  outcome_ = tl::unexpected<Error>(std::move(error));
  connection_.close();
}

void IscsiErrand::follow_redirect() {
  const IscsiPortal portal{session().redirect()->host, session().redirect()->port};
  if (++redirects_ > kRedirectsMax) {
    return give_up(
        {ErrorCode::refused, fmt::format("{} redirects to {}, and so on in a circle; give another portal of the target",
                                         plan_.subject, portal_text(portal))});
  }
  if (auto address = numeric_address(portal)) {
    untried_.push_back(std::move(*address));
  } else {
    wanted_portal_ = portal;
  }
  connection_.close();
}

void IscsiErrand::go_on(Result<std::vector<SocketAddress>> addresses) {
  if (has_ended_ || !wanted_portal_) return;
  wanted_portal_.reset();
  if (!addresses) {
    outcome_ = tl::unexpected<Error>(std::move(addresses.error()));
  } else {
    untried_.insert(untried_.end(), addresses->rbegin(), addresses->rend());
  }
  reactor_.arm(connect_timer_, reactor_.now_ns());
}

void IscsiErrand::succeed() {
  if (is_settled_) return;
  is_settled_ = true;
  outcome_ = {};
  stop();
  session().logout(reactor_.now_ns());
  reactor_.arm(deadline_timer_, reactor_.now_ns() + kLogoutPatienceNs);
  pump();
}

void IscsiErrand::give_up(Error why) {
  if (is_settled_) return;
  is_settled_ = true;
  outcome_ = tl::unexpected<Error>(std::move(why));
  stop();
  connection_.close();
}

void IscsiErrand::deadline_came() {
  if (is_settled_) return connection_.close();
  const std::string where = portal_.empty() ? "" : " at " + portal_;
  Error error{ErrorCode::timed_out, fmt::format("{}{} does not answer in {} s; check the address and the network",
                                                plan_.subject, where, plan_.timeout_ns / kSecond)};
  if (connection_.is_open()) return give_up(std::move(error));
  outcome_ = tl::unexpected<Error>(std::move(error));
  end();
}

void IscsiErrand::connection_closed() {
  stop();
  while (session().take_finished() != nullptr) {
  }
  while (session().abandon() != nullptr) {
  }
  while (session().abandon_management() != nullptr) {
  }
  if (is_settled_) return end();
  // From the next turn, when the old session is gone.
  has_begun_ = false;
  if (!wanted_portal_) return reactor_.arm(connect_timer_, reactor_.now_ns());
  if (watcher_ != nullptr) watcher_->errand_wants_address();
}

void IscsiErrand::end() {
  if (has_ended_) return;
  has_ended_ = true;
  reactor_.cancel(deadline_timer_);
  reactor_.cancel(connect_timer_);
  if (watcher_ != nullptr) watcher_->errand_ended();
}

}  // namespace laneway
